// What the notebook thread and the compiler thread say to each other.
import type { CompileRequest, CompileResult, Completions } from "./types.ts";

/** A request to the compiler thread. Requests are answered in the order in which they are sent. */
export type CompilerRequest =
	| { readonly kind: "compile"; readonly id: number; readonly request: CompileRequest }
	| { readonly kind: "commit"; readonly id: number; readonly url: string }
	| {
			readonly kind: "complete";
			readonly id: number;
			readonly code: string;
			readonly cursor: number;
			readonly folder: string;
	  }
	| { readonly kind: "is-complete"; readonly id: number; readonly code: string }
	/** Sent first to a thread that replaces a dead one: cells that ran, then cells that compiled but did not run yet. */
	| {
			readonly kind: "restore";
			readonly id: number;
			readonly committed: readonly CompileRequest[];
			readonly compiled: readonly CompileRequest[];
	  };

/** What each kind of request is answered with. */
export interface CompilerAnswers {
	readonly compile: CompileResult;
	readonly commit: undefined;
	readonly complete: Completions;
	readonly "is-complete": { status: "complete" | "incomplete" | "invalid" | "unknown"; indent: string };
	readonly restore: undefined;
}

/** An answer of the compiler thread. `ready` is sent once, when the thread is warm. */
export type CompilerReply =
	| { readonly kind: "ready" }
	| { readonly kind: "done"; readonly id: number; readonly value: CompilerAnswers[keyof CompilerAnswers] }
	| { readonly kind: "failed"; readonly id: number; readonly error: { name: string; message: string; stack: string } };
