// What anywidget hands to a module (AFM), as far as the views use it.
/// <reference lib="dom" />

/** The model of a widget in the page. */
export interface AfmModel {
	get(key: string): unknown;
	send(content: unknown, callbacks?: unknown, buffers?: ArrayBuffer[]): void;
	on(event: string, callback: (...values: never[]) => void): void;
	off(event: string, callback: (...values: never[]) => void): void;
}

/** What `render` is called with. */
export interface AfmRender {
	readonly model: AfmModel;
	readonly el: HTMLElement;
}
