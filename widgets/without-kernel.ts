// Views in a JupyterLab notebook without a kernel: the HTML of their output stands in for the widget.
/// <reference lib="dom" />

const WIDGET_MIME = "application/vnd.jupyter.widget-view+json";
/** Class that jupyter-widgets gives the place of a widget that it cannot show. */
const FAILED = "jupyter-widgets";
const VIEW_MARK = 'class="millrace-view"';
/** How long a notebook may look as if it had no kernel while JupyterLab finds out whether it has one; milliseconds. */
const GRACE = 1000;

interface Signal<Args> {
	connect(slot: (sender: unknown, args: Args) => void): unknown;
	disconnect(slot: (sender: unknown, args: Args) => void): unknown;
}

interface MimeModel {
	readonly trusted: boolean;
	readonly data: { readonly [mime: string]: unknown };
}

interface Widget {
	readonly isDisposed: boolean;
	dispose(): void;
	addClass(name: string): void;
}

interface Renderer extends Widget {
	renderModel(model: MimeModel): Promise<void>;
}

// What jupyter-widgets makes for its MIME type is a panel, which the HTML can be put into.
interface WidgetRenderer extends Renderer {
	readonly node: HTMLElement;
	readonly disposed: Signal<undefined>;
	hasClass(name: string): boolean;
	removeClass(name: string): void;
	addWidget(child: Widget): void;
}

interface RendererFactory {
	createRenderer(options: unknown): Widget;
}

interface RenderMime {
	getFactory(mime: string): RendererFactory | undefined;
	getRank(mime: string): number | undefined;
	addFactory(factory: RendererFactory, rank?: number): void;
	preferredMimeType(data: MimeModel["data"], safe: "any" | "ensure"): string | undefined;
	createRenderer(mime: string): Renderer;
}

interface OutputArea {
	readonly model: { readonly length: number; get(index: number): MimeModel };
	readonly widgets: readonly { readonly widgets?: readonly Widget[]; addWidget?(child: Widget): void }[];
}

interface NotebookPanel extends Widget {
	readonly context: { readonly ready: Promise<void> };
	readonly sessionContext: {
		readonly session: { readonly kernel: unknown } | null;
		readonly hasNoKernel: boolean;
		readonly ready: Promise<void>;
		readonly kernelChanged: Signal<{ readonly newValue: unknown }>;
	};
	readonly content: {
		readonly rendermime: RenderMime;
		readonly widgets: readonly { readonly outputArea?: OutputArea }[];
	};
}

/** The parts of JupyterLab's application that are used here. */
export interface App {
	readonly restored: Promise<unknown>;
	readonly shell?: {
		readonly currentChanged?: Signal<unknown>;
		widgets(area: string): Iterable<unknown>;
	};
}

/** Lets the views of every notebook that is opened without a kernel show the last state that was saved. */
export function standInWithoutKernel(app: App): void {
	// Not every application that takes JupyterLab's extensions has a shell.
	if (app.shell === undefined) return;
	const { shell } = app;
	const seen = new WeakSet<object>();
	const look = () => {
		for (const widget of shell.widgets("main")) {
			if (!isNotebook(widget) || seen.has(widget)) continue;
			seen.add(widget);
			watch(widget).catch((error) => console.warn("Millrace: no views without a kernel:", error));
		}
	};
	shell.currentChanged?.connect(look);
	app.restored.then(look, look);
}

function isNotebook(widget: unknown): widget is NotebookPanel {
	const { context, sessionContext, content } = widget as Partial<NotebookPanel>;
	return (
		context?.ready !== undefined &&
		sessionContext?.kernelChanged !== undefined &&
		content?.rendermime !== undefined &&
		Array.isArray(content.widgets)
	);
}

// Where the kernel's spec is missing, `sessionContext.ready` settles only when another kernel has been chosen, and
// nothing public tells that JupyterLab has started none; hence the grace. Who is too early is put right by the kernel.
async function watch(panel: NotebookPanel): Promise<void> {
	const { context, sessionContext } = panel;
	await context.ready;
	await Promise.race([sessionContext.ready, new Promise((resolve) => setTimeout(resolve, GRACE))]);
	if (!hasKernel(panel) && !sessionContext.hasNoKernel) await sessionContext.ready; // one is starting
	if (!panel.isDisposed && !hasKernel(panel)) standIn(panel);
}

function hasKernel({ sessionContext }: NotebookPanel): boolean {
	return Boolean(sessionContext.session?.kernel);
}

function standIn(panel: NotebookPanel): void {
	const { rendermime } = panel.content;
	const original = rendermime.getFactory(WIDGET_MIME);
	if (original === undefined) return; // without jupyter-widgets the HTML is shown anyway
	/** Renderers that show HTML, with what makes them show the widget. */
	const places = new Map<WidgetRenderer, () => void>();
	const factory: RendererFactory = {
		// Every other field, such as `mimeTypes`, is as it was, and so are the renderers of other libraries' widgets.
		...original,
		createRenderer(options) {
			const place = original.createRenderer(options) as WidgetRenderer;
			const renderWidget = place.renderModel.bind(place);
			let shown: Renderer | undefined;
			const renderHtml = async (model: MimeModel, type: string) => {
				shown?.dispose();
				shown = rendermime.createRenderer(type);
				place.addWidget(shown);
				await shown.renderModel(model);
			};
			place.renderModel = async (model) => {
				const type = isView(model) ? htmlType(rendermime, model) : undefined;
				if (type === undefined) return renderWidget(model);
				if (rendermime.getFactory(WIDGET_MIME) === factory) {
					places.set(place, () => void place.renderModel(model));
					return renderHtml(model, type);
				}
				shown?.dispose();
				await renderWidget(model);
				// A new kernel knows nothing of the widget, and its state need not have been saved.
				if (!place.hasClass(FAILED) || place.isDisposed) return;
				place.removeClass(FAILED);
				place.node.textContent = "";
				await renderHtml(model, type);
			};
			place.disposed.connect(() => places.delete(place));
			return place;
		},
	};
	rendermime.addFactory(factory, rendermime.getRank(WIDGET_MIME));
	for (const { outputArea } of panel.content.widgets) if (outputArea) renderAgain(outputArea, rendermime);

	// jupyter-widgets makes its manager for the first kernel and then puts its own factory in place of ours; where it has
	// given up on this notebook, it never does, and a widget would stay "Loading widget..." whatever the kernel.
	const kernelChanged = (_: unknown, { newValue }: { readonly newValue: unknown }) => {
		if (!newValue) return;
		setTimeout(() => {
			if (rendermime.getFactory(WIDGET_MIME) === factory) return;
			panel.sessionContext.kernelChanged.disconnect(kernelChanged);
			for (const showWidget of [...places.values()]) showWidget();
			places.clear();
		});
	};
	panel.sessionContext.kernelChanged.connect(kernelChanged);
}

function isView({ data }: MimeModel): boolean {
	return WIDGET_MIME in data && [data["text/html"]].flat().join("").includes(VIEW_MARK);
}

function htmlType(rendermime: RenderMime, { data, trusted }: MimeModel): string | undefined {
	const { [WIDGET_MIME]: _, ...others } = data;
	return rendermime.preferredMimeType(others, trusted ? "any" : "ensure");
}

// The outputs' own models stay as they are: a changed one would make the notebook dirty.
function renderAgain({ model, widgets }: OutputArea, rendermime: RenderMime): void {
	widgets.forEach((panel, index) => {
		if (index >= model.length) return;
		const output = model.get(index);
		const old = panel.widgets?.find((child) => (child as { mimeType?: string }).mimeType === WIDGET_MIME);
		if (old === undefined || !isView(output)) return;
		old.dispose();
		const place = rendermime.createRenderer(WIDGET_MIME);
		place.addClass("jp-OutputArea-output");
		panel.addWidget?.(place);
		void place.renderModel(output);
	});
}
