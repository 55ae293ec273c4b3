// The error codec: what is thrown in one thread is the same error in another.
import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import {
	decodeError,
	decodeThrown,
	type EncodedError,
	encodeError,
	NON_ERROR,
	StreamError,
	streamError,
	TaskError,
} from "../../../engine/errors/index.ts";

/** The way of an error between threads. */
const cross = (e: unknown): Error => decodeError(structuredClone(encodeError(e)));

function thrownBy(f: () => unknown): unknown {
	try {
		f();
	} catch (e) {
		return e;
	}
	throw new Error("nothing was thrown");
}

describe("errors that cross a thread", () => {
	it("keep name, message, stack, code, fields, cause and class", () => {
		const e = streamError("STREAM_SOURCE", {
			step: "socketTextStream",
			cell: 3,
			line: 1,
			expected: "a port",
			got: "7",
			way: "Open it.",
			cause: new RangeError("inner"),
		});
		const back = cross(e) as StreamError;
		expect(back).toBeInstanceOf(StreamError);
		expect(back.constructor).toBe(e.constructor);
		expect([back.name, back.message, back.stack, back.code, back.fields]).toEqual([
			e.name,
			e.message,
			e.stack,
			e.code,
			e.fields,
		]);
		expect(back.cause).toBeInstanceOf(RangeError);
		expect((back.cause as Error).message).toBe("inner");
		expect((back.cause as Error).stack).toBe((e.cause as Error).stack);
		expect(Object.keys(back).sort()).toEqual(Object.keys(e).sort());
	});

	it("keep the built-in class", () => {
		for (const C of [Error, TypeError, RangeError, SyntaxError, ReferenceError, URIError, EvalError]) {
			const e = new C("text");
			const back = cross(e);
			expect([back.constructor, back.name, back.message, back.stack, Object.keys(back)]).toEqual([
				C,
				e.name,
				"text",
				e.stack,
				[],
			]);
		}
	});

	it("keep the name of users' subclasses, on the nearest class both sides know", () => {
		class Plain extends Error {}
		class Named extends TypeError {
			override name = "NamedByUser";
			detail = { n: 1 };
		}
		class Task extends TaskError {
			override name = "MyTask";
		}
		expect([cross(new Plain("p")).name, cross(new Plain("p")).constructor]).toEqual(["Plain", Error]);
		const named = cross(new Named("n")) as Named;
		expect([named.name, named instanceof TypeError, named.detail]).toEqual(["NamedByUser", true, { n: 1 }]);
		const task = cross(new Task("t", { record: 5 })) as TaskError;
		expect([task.name, task instanceof TaskError, task.fields]).toEqual(["MyTask", true, { record: 5 }]);
	});

	it("keep codes, numbers of the system and properties that users added", () => {
		const e = thrownBy(() => readFileSync("no-such-folder/no-such-file")) as NodeJS.ErrnoException;
		const back = cross(e) as NodeJS.ErrnoException;
		expect([back.code, back.errno, back.syscall, back.path]).toEqual([
			"ENOENT",
			e.errno,
			"open",
			"no-such-folder/no-such-file",
		]);
		const own = cross(
			Object.assign(new Error("x"), { code: 42, fields: [1], inner: new TypeError("deep") }),
		) as Error & { code: number; fields: number[]; inner: Error };
		expect([own.code, own.fields, own.inner.constructor, own.inner.message]).toEqual([42, [1], TypeError, "deep"]);
	});

	it("keep chains of causes, also causes that are no errors", () => {
		const e = new Error("a", { cause: new TypeError("b", { cause: { reason: "c", at: new Date(5) } }) });
		const back = cross(e) as { cause: { message: string; cause: unknown } };
		expect(back.cause.message).toBe("b");
		expect(back.cause.cause).toEqual({ reason: "c", at: new Date(5) });
		const explicit = cross(new Error("x", { cause: undefined }));
		expect(Object.hasOwn(explicit, "cause")).toBe(true);
		expect(Object.hasOwn(cross(new Error("x")), "cause")).toBe(false);
	});

	it("keep the errors of an AggregateError", () => {
		const back = cross(
			new AggregateError([new RangeError("1"), "two", streamError("STREAM_SQL", { message: "3" })], "all"),
		) as AggregateError;
		expect(back).toBeInstanceOf(AggregateError);
		expect([back.message, back.errors.length]).toEqual(["all", 3]);
		expect(back.errors[0]).toBeInstanceOf(RangeError);
		expect(back.errors[1]).toBe("two");
		expect(back.errors[2]).toMatchObject({ code: "STREAM_SQL", message: "3" });
	});

	it("keep what aborting throws", () => {
		const back = cross(AbortSignal.abort().reason);
		expect([back.name, back instanceof DOMException, (back as DOMException).code]).toEqual(["AbortError", true, 20]);
	});

	it("keep errors of another realm", () => {
		const back = cross(runInNewContext('Object.assign(new TypeError("far"), { hint: 1 })'));
		expect([back.constructor, back.message, (back as Error & { hint: number }).hint]).toEqual([TypeError, "far", 1]);
	});

	it("stay the same over any number of crossings", () => {
		class Odd extends RangeError {}
		for (const e of [
			new Odd("o", { cause: "c" }),
			new AggregateError([1, new Error("x")]),
			"text",
			null,
			streamError("STREAM_TASK", { message: "m", record: 1 }),
		]) {
			const once = encodeError(e);
			expect(encodeError(decodeError(once))).toEqual(once);
		}
	});
});

describe("thrown values that are no errors", () => {
	it("come back themselves, or as an Error that says what was thrown", () => {
		for (const value of ["text", 42, null, undefined, { status: 404 }, [1, 2], 5n, new Date(3)]) {
			const encoded = structuredClone(encodeError(value));
			expect(decodeThrown(encoded)).toEqual(value);
			const error = decodeError(encoded);
			expect([error.name, error.cause]).toEqual([NON_ERROR, value]);
		}
		expect(decodeError(encodeError("text")).message).toBe('a value that is no Error was thrown: string "text"');
	});

	it("come as a short text where they cannot cross", () => {
		const f = (): void => {};
		expect(decodeThrown(structuredClone(encodeError(f)))).toBe("[function f]");
		expect(decodeThrown(structuredClone(encodeError({ ok: 1, bad: [Symbol("s"), 2] })))).toEqual({
			ok: 1,
			bad: ["[symbol s]", 2],
		});
	});
});

describe("odd errors", () => {
	it("end where causes are cyclic, saying so", () => {
		const a = new Error("a") as Error & { cause: unknown };
		const b = new TypeError("b", { cause: a });
		a.cause = b;
		const back = cross(a) as { cause: { message: string; cause: unknown } };
		expect(back.cause.message).toBe("b");
		expect(back.cause.cause).toBe("[circular: Error: a]");
		const all = new AggregateError([], "all");
		all.errors.push(all);
		expect((cross(all) as AggregateError).errors).toEqual(["[circular: AggregateError: all]"]);
	});

	it("end where chains and trees are huge", () => {
		let deep = new Error("end");
		for (let i = 0; i < 20_000; i++) deep = new Error(`${i}`, { cause: deep });
		let length = 0;
		for (let e: unknown = cross(deep); e instanceof Error; e = e.cause) length++;
		expect(length).toBe(50);
		let wide: Error = new Error("leaf");
		for (let i = 0; i < 40; i++) wide = new AggregateError([wide, wide], `level ${i}`);
		const count = (e: EncodedError): number => 1 + (e.errors ?? []).reduce((sum, inner) => sum + count(inner), 0);
		expect(count(encodeError(wide))).toBeLessThan(2000);
	});

	it("are encoded whatever their properties do", () => {
		const e = new Error("x");
		Object.defineProperty(e, "bad", {
			enumerable: true,
			get: () => {
				throw new Error("no");
			},
		});
		Object.defineProperty(e, "stack", {
			get: () => {
				throw new Error("no");
			},
		});
		Object.assign(e, { socket: { write: () => {} }, f: () => {}, ok: 1 });
		const back = cross(e) as Error & { [name: string]: unknown };
		expect([back.message, back.stack, back.ok, back.f, back.bad]).toEqual([
			"x",
			"Error: x",
			1,
			"[function f]",
			undefined,
		]);
		expect(back.socket).toEqual({ write: "[function write]" });
		expect(cross(Object.assign(new Error("y"), { name: 5, message: { a: 1 } })).message).toBe("an object {a}");
		expect(() => cross(new Proxy(new Error("p"), {}))).not.toThrow();
		expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
	});

	it("do not set a prototype through a property named __proto__", () => {
		const e = new Error("x");
		Object.defineProperty(e, "__proto__", { value: { polluted: 1 }, enumerable: true });
		const back = cross(e);
		expect(Object.getPrototypeOf(back)).toBe(Error.prototype);
		expect(Object.getOwnPropertyDescriptor(back, "__proto__")?.value).toEqual({ polluted: 1 });
	});

	it("cross a real thread both ways", async () => {
		const worker = new Worker(
			'require("node:worker_threads").parentPort.once("message", (m) => require("node:worker_threads").parentPort.postMessage(m))',
			{ eval: true },
		);
		try {
			const e = streamError("STREAM_TASK", {
				step: "map",
				message: "boom",
				record: { id: 1n },
				cause: new AggregateError([new TypeError("t")], "many"),
			});
			const answer = new Promise<EncodedError>((resolve, reject) =>
				worker.once("message", resolve).once("error", reject),
			);
			worker.postMessage(encodeError(e));
			const back = decodeError(await answer);
			expect(encodeError(back)).toEqual(encodeError(e));
			expect(back).toBeInstanceOf(TaskError);
		} finally {
			await worker.terminate();
		}
	});
});
