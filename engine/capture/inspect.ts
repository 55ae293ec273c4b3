// What only the inspector can tell about a function: the variables it closes over and where its text stands.
import { Session } from "node:inspector";

/** Where a function stands in its script; line and column count from 0 and contain the offsets of the script. */
export interface FunctionLocation {
	readonly scriptId: string;
	readonly line: number;
	readonly column: number;
}

/** Scopes of a function, innermost first: each an object whose properties are the variables. */
export interface FunctionInsight {
	readonly scopes: readonly object[];
	readonly location?: FunctionLocation;
}

interface Script {
	readonly url: string;
	readonly startLine: number;
	readonly startColumn: number;
}

/** The inspector cannot be used in this process, e.g. under the permission model. */
export class InspectorUnavailable extends Error {
	override readonly name = "InspectorUnavailable";
}

const TABLE = Symbol.for("millrace.capture.table");
const TABLE_TEXT = 'globalThis[Symbol.for("millrace.capture.table")]';
/** A script never changes its name. */
const scripts = new Map<string, Script>();
/** Functions never move. */
const locations = new WeakMap<object, FunctionLocation>();

/**
 * One connection to the inspector of this thread, made on first use. Nothing stays behind after `close`: no remote
 * object, no debugger (it makes every `await` slow), no property of the global object.
 */
export class Inspector {
	private session: Session | undefined;
	private table: { fn?: object; scopes?: { [index: number]: { object: object } | undefined } } = {};

	/** Returns the variables a function can see, and where it stands. */
	inspect(fn: object): FunctionInsight {
		this.connect();
		this.table.fn = fn;
		this.table.scopes = undefined;
		try {
			const { result } = this.post("Runtime.evaluate", { expression: `${TABLE_TEXT}.fn`, objectGroup: "capture" }) as {
				result: { objectId: string };
			};
			const { internalProperties = [] } = this.post("Runtime.getProperties", {
				objectId: result.objectId,
				ownProperties: true,
			}) as { internalProperties?: { name: string; value?: { objectId?: string; value?: unknown } }[] };
			const internal = (name: string) => internalProperties.find((p) => p.name === name)?.value;
			const found = internal("[[FunctionLocation]]")?.value as
				| { scriptId: string; lineNumber: number; columnNumber: number }
				| undefined;
			const location = found && { scriptId: found.scriptId, line: found.lineNumber, column: found.columnNumber };
			if (location) locations.set(fn, location);
			const scopesId = internal("[[Scopes]]")?.objectId;
			const scopes: object[] = [];
			if (scopesId) {
				this.post("Runtime.callFunctionOn", {
					objectId: scopesId,
					functionDeclaration: `function () { ${TABLE_TEXT}.scopes = this; }`,
				});
				const list = this.table.scopes as { [index: number]: { object: object } | undefined } | undefined;
				for (let i = 0; list?.[i]; i++) scopes.push((list[i] as { object: object }).object);
			}
			return { scopes, ...(location && { location }) };
		} finally {
			this.table.fn = undefined;
			this.table.scopes = undefined;
			this.post("Runtime.releaseObjectGroup", { objectGroup: "capture" });
		}
	}

	/** Returns where a function stands, undefined for built-in and bound ones. */
	locate(fn: object): FunctionLocation | undefined {
		return locations.get(fn) ?? this.inspect(fn).location;
	}

	/** Returns the script a location is in. */
	script(scriptId: string): Script {
		let script = scripts.get(scriptId);
		if (!script) {
			// Enabling the debugger announces every script; it is off again before anything else runs.
			this.withDebugger(() => {});
			script = scripts.get(scriptId);
			if (!script) {
				script = { url: "", startLine: 0, startColumn: 0 };
				scripts.set(scriptId, script);
			}
		}
		return script;
	}

	/** Returns the text of a script, undefined when V8 has dropped it. */
	source(scriptId: string): string | undefined {
		let text: string | undefined;
		this.withDebugger(() => {
			try {
				text = (this.post("Debugger.getScriptSource", { scriptId }) as { scriptSource?: string }).scriptSource;
			} catch {
				// Collected meanwhile: positions are then a little less exact.
			}
		});
		return text;
	}

	close(): void {
		this.session?.disconnect();
		if (this.session) Reflect.deleteProperty(globalThis, TABLE);
		this.session = undefined;
		this.table = {};
	}

	private connect(): void {
		if (this.session) return;
		const session = new Session();
		try {
			session.connect();
		} catch (cause) {
			throw new InspectorUnavailable("the inspector cannot be used in this process", { cause });
		}
		this.session = session;
		Object.defineProperty(globalThis, TABLE, { value: this.table, configurable: true, enumerable: false });
	}

	private withDebugger(run: () => void): void {
		this.connect();
		const session = this.session as Session;
		const note = (message: { params: { scriptId: string; url: string; startLine: number; startColumn: number } }) => {
			const { scriptId, url, startLine, startColumn } = message.params;
			scripts.set(scriptId, { url, startLine, startColumn });
		};
		session.on("Debugger.scriptParsed", note as never);
		try {
			this.post("Debugger.enable", {});
			run();
		} finally {
			this.post("Debugger.disable", {});
			session.off("Debugger.scriptParsed", note as never);
		}
	}

	/** In the own thread the inspector answers before `post` returns. */
	private post(method: string, params: object): unknown {
		let answer: unknown;
		let failure: Error | null | undefined;
		let answered = false;
		(this.session as Session).post(method, params, (error: Error | null, result?: object) => {
			failure = error;
			answer = result;
			answered = true;
		});
		if (failure) throw failure;
		if (!answered) throw new InspectorUnavailable("the inspector did not answer at once");
		return answer;
	}
}
