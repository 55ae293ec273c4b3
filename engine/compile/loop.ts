// The stage compiler: narrow operators and a sink become the text of one loop that calls the user's functions.
import { type LoopBuilder, rddOperator } from "../plan/operators.ts";
import type { Step } from "../plan/stage.ts";
import type { Plain } from "../plan/types.ts";

/** Shape of an opened input; decides the head of the loop. */
export type Shape = "text" | "records" | "table";

/**
 * How a loop hands over its elements: `combine` merges pairs by key, `pairs` and `records` append, `limited` stops at
 * `sink.limit`, `count` counts, `each` calls `sink.each`.
 */
export type SinkShape = "combine" | "pairs" | "records" | "limited" | "count" | "each";

/** A generated loop as text, with the functions its parameters stand for: [step index, role]. */
export interface LoopText {
	readonly text: string;
	readonly parameters: readonly (readonly [number, string])[];
}

class Builder implements LoopBuilder {
	readonly body: string[] = [];
	readonly parameters: [number, string][] = [];
	#step = 0;
	#current: { one: string; known: boolean } | { key: string; value: string } = { one: "", known: false };
	#depth = 0;
	#names = 0;
	readonly closers: string[] = [];
	params: { readonly [name: string]: Plain } = {};
	op = "";

	begin(index: number, step: Step): void {
		this.#step = index;
		this.params = step.params;
		this.op = step.op;
	}

	fn(role: string): string {
		let at = this.parameters.findIndex(([step, name]) => step === this.#step && name === role);
		if (at < 0) at = this.parameters.push([this.#step, role]) - 1;
		return `f${at}`;
	}

	param(name: string): Plain {
		return this.params[name];
	}

	call(role: string, argument: string, wrap = (call: string) => call): string {
		const call = wrap(`${this.fn(role)}(${argument})`);
		if (this.params.onError !== "skip") return call;
		const name = this.fresh("c");
		this.line(`let ${name};`);
		this.line(`try { ${name} = ${call}; } catch (error) { env.skipped(error); continue; }`);
		return name;
	}

	element(): string {
		const c = this.#current;
		if ("one" in c) return c.one;
		// A pair that becomes an element is made once; later readers see the array.
		const name = this.fresh("r");
		this.line(`const ${name} = [${c.key}, ${c.value}];`);
		this.#current = { one: name, known: true };
		return name;
	}

	pair(): { key: string; value: string } {
		const c = this.#current;
		if (!("one" in c)) return c;
		if (!c.known) this.line(`if (!Array.isArray(${c.one})) env.notPair(${JSON.stringify(this.op)}, ${c.one});`);
		const key = this.fresh("k");
		const value = this.fresh("v");
		this.line(`const ${key} = ${c.one}[0], ${value} = ${c.one}[1];`);
		return { key, value };
	}

	fresh(prefix: string): string {
		return `${prefix}${this.#names++}`;
	}

	line(text: string): void {
		this.body.push("\t".repeat(this.#depth + 2) + text);
	}

	setElement(expression: string): void {
		const name = this.fresh("r");
		this.line(`const ${name} = ${expression};`);
		this.#current = { one: name, known: false };
	}

	setPair(key: string, value: string): void {
		const names = { key: this.fresh("k"), value: this.fresh("v") };
		this.line(`const ${names.key} = ${key}, ${names.value} = ${value};`);
		this.#current = names;
	}

	skipUnless(condition: string): void {
		this.line(`if (!(${condition})) continue;`);
	}

	forEach(iterable: string): void {
		const list = this.fresh("a");
		const i = this.fresh("i");
		// An index loop over an array is several times faster than the iteration protocol; other iterables are copied once.
		this.line(`const ${list} = env.list(${iterable}, ${JSON.stringify(this.op)});`);
		this.open(`for (let ${i} = 0; ${i} < ${list}.length; ${i}++) {`);
		this.setElement(`${list}[${i}]`);
	}

	open(text: string): void {
		this.line(text);
		this.#depth++;
		this.closers.push("}");
	}

	close(): void {
		while (this.closers.length > 0) {
			this.#depth--;
			this.line(this.closers.pop() as string);
		}
	}
}

function head(loop: Builder, shape: Shape): void {
	if (shape === "text") {
		loop.line("const text = input.text, end = text.length;");
		loop.open("for (let at = 0; at < end; ) {");
		loop.line('let stop = text.indexOf("\\n", at);');
		loop.line("if (stop < 0) stop = end;");
		loop.line("record = text.slice(at, stop);");
		loop.line("at = stop + 1;");
		loop.setElement("record");
	} else if (shape === "records") {
		loop.line("const items = input.items, n = items.length;");
		loop.open("for (let i = 0; i < n; i++) {");
		loop.line("record = items[i];");
		loop.setElement("record");
	} else {
		loop.line("const keys = input.keys, values = input.values, n = keys.length;");
		loop.open("for (let i = 0; i < n; i++) {");
		loop.line("row = i;");
		loop.setPair("keys[i]", "values[i]");
	}
}

function tail(loop: Builder, sink: SinkShape): void {
	switch (sink) {
		case "combine": {
			const { key, value } = loop.pair();
			loop.line(`const key = typeof ${key} === "object" && ${key} !== null ? env.keyOf(${key}) : ${key};`);
			loop.line("const id = ids.get(key);");
			loop.line("if (id === undefined) {");
			loop.line(`\tids.set(key, outKeys.length); outKeys.push(${key}); outValues.push(${value});`);
			loop.line(`} else outValues[id] = combine(outValues[id], ${value});`);
			return;
		}
		case "pairs": {
			const { key, value } = loop.pair();
			loop.line(`outKeys.push(${key}); outValues.push(${value});`);
			return;
		}
		case "records":
			loop.line(`out.push(${loop.element()});`);
			return;
		case "limited":
			loop.line(`if (out.push(${loop.element()}) >= sink.limit) return;`);
			return;
		case "count":
			loop.line("sink.count++;");
			return;
		case "each":
			loop.line(`sink.each(${loop.element()});`);
			return;
	}
}

const sinkLocals: { readonly [shape in SinkShape]: string } = {
	combine: "const ids = sink.ids, outKeys = sink.keys, outValues = sink.values, combine = sink.combine;",
	pairs: "const outKeys = sink.keys, outValues = sink.values;",
	records: "const out = sink.items;",
	limited: "const out = sink.items; if (out.length >= sink.limit) return;",
	count: "",
	each: "",
};

/**
 * Returns the text of a loop over an input of `shape` through `steps` into a sink. The text is the body of a function
 * with the parameters `f0 … fN`, which returns `loop(input, sink, env)`. Pure: the same arguments give the same text.
 *
 * The user's functions are called, not inlined: V8 inlines them where it pays, given a loop of its own per stage, and
 * stack traces stay the user's (`docs/performance.md`).
 */
export function loopText(shape: Shape, steps: readonly Step[], sink: SinkShape): LoopText {
	const loop = new Builder();
	head(loop, shape);
	steps.forEach((step, index) => {
		const operator = rddOperator(step.op);
		if (operator.emit === undefined) throw new Error(`operator "${step.op}" cannot be part of a loop`);
		loop.begin(index, step);
		operator.emit(loop);
	});
	loop.op = sink === "combine" || sink === "pairs" ? "a step that needs pairs" : loop.op;
	tail(loop, sink);
	loop.close();
	const text = [
		'"use strict";',
		"return function loop(input, sink, env) {",
		"\tlet record, row = -1;",
		`\t${sinkLocals[sink]}`,
		"\ttry {",
		...loop.body,
		"\t} catch (error) {",
		"\t\tthrow env.failed(error, row < 0 ? record : [input.keys[row], input.values[row]]);",
		"\t}",
		"};",
	].join("\n");
	return { text, parameters: loop.parameters };
}
