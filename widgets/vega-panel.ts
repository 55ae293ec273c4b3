// One chart in the page: embeds a specification once and changes its rows from then on.
import type { ChartDatum, VegaLiteSpec } from "../engine/views/spec.ts";

type Bundle = typeof import("./vega-bundle.ts");
type Embedded = Awaited<ReturnType<Bundle["embed"]>>;

/** What a chart shall show. */
export interface ChartRequest {
	/** Requests of equal key differ in their rows only. */
	readonly key: string;
	spec(): VegaLiteSpec;
	/** Data set that the rows belong to; absent where the data is part of the specification. */
	readonly data?: { readonly name: string; readonly rows: readonly ChartDatum[] };
	/** What the chart shows, for those who cannot see it. */
	readonly label: string;
	readonly dark: boolean;
}

let bundle: Promise<Bundle> | undefined;

/** Loads Vega, which lies beside this module, the first time it is called. */
function loadVega(): Promise<Bundle> {
	const at = new URL("./vega.js", import.meta.url).href;
	bundle ??= (import(at) as Promise<Bundle>).catch((error: unknown) => {
		bundle = undefined;
		throw error;
	});
	return bundle;
}

/** A place for a chart. Requests that come while it draws are merged: only the newest is drawn. */
export class VegaPanel {
	readonly element: HTMLElement;
	#embedded: Embedded | undefined;
	#key: string | undefined;
	#wanted: ChartRequest | undefined;
	#drawing: Promise<void> | undefined;
	#disposed = false;

	constructor(element: HTMLElement) {
		this.element = element;
		element.setAttribute("role", "img");
	}

	/** Resolves once the request, or a newer one, is on the screen. */
	show(request: ChartRequest): Promise<void> {
		this.#wanted = request;
		this.#drawing ??= this.#loop().finally(() => {
			this.#drawing = undefined;
		});
		return this.#drawing;
	}

	/** Frees the chart. */
	dispose(): void {
		this.#disposed = true;
		this.#finalize();
	}

	async #loop(): Promise<void> {
		for (let request = this.#wanted; request !== undefined && !this.#disposed; request = this.#wanted) {
			this.#wanted = undefined;
			try {
				await this.#draw(request);
			} catch (error) {
				this.#finalize();
				this.element.textContent = `The chart could not be drawn: ${error instanceof Error ? error.message : String(error)}`;
			}
		}
	}

	async #draw(request: ChartRequest): Promise<void> {
		const { embed, changeset } = await loadVega();
		if (this.#disposed) return;
		if (this.element.getAttribute("aria-label") !== request.label)
			this.element.setAttribute("aria-label", request.label);
		if (this.#key !== request.key || this.#embedded === undefined) {
			this.#finalize();
			const spec =
				request.data === undefined
					? request.spec()
					: { ...request.spec(), datasets: { [request.data.name]: request.data.rows } };
			const refuse = (uri: string) => Promise.reject(new Error(`Views load nothing, so not ${uri}.`));
			this.#embedded = await embed(this.element, spec as never, {
				mode: "vega-lite",
				renderer: "svg",
				actions: false,
				// Expressions are interpreted, never compiled to functions: works under any content policy.
				ast: true,
				loader: { load: refuse, sanitize: refuse, http: refuse, file: refuse } as never,
				tooltip: { theme: request.dark ? "dark" : "light" },
				logLevel: 1,
			});
			this.#key = request.key;
			if (this.#disposed) this.#finalize();
			return;
		}
		if (request.data === undefined) return;
		const { view } = this.#embedded;
		await view
			.change(
				request.data.name,
				changeset()
					.remove(() => true)
					.insert([...request.data.rows]),
			)
			.runAsync();
	}

	#finalize(): void {
		this.#embedded?.finalize();
		this.#embedded = undefined;
		this.#key = undefined;
		this.element.replaceChildren();
	}
}
