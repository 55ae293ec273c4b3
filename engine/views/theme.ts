// Colours and Vega configuration of the views: light, dark, and a static one that reads well on both.

/** `static` is for pictures that are stored and later shown on either background. */
export type ThemeName = "light" | "dark" | "static";

/** The colours of a theme. */
export interface Theme {
	readonly name: ThemeName;
	readonly text: string;
	readonly muted: string;
	readonly grid: string;
	readonly accent: string;
	readonly second: string;
	readonly danger: string;
	/** Node of the DAG by role: fill, border and text. */
	readonly roles: {
		readonly [role in "source" | "step" | "output"]: {
			readonly fill: string;
			readonly stroke: string;
			readonly text: string;
		};
	};
}

const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", Arial, sans-serif';

/** All themes by name. */
export const THEMES: { readonly [name in ThemeName]: Theme } = {
	light: {
		name: "light",
		text: "#24292f",
		muted: "#656d76",
		grid: "#e6e9ed",
		accent: "#2f6fd6",
		second: "#d9822b",
		danger: "#cf3b3b",
		roles: {
			source: { fill: "#e3f4ea", stroke: "#3f9a68", text: "#15502f" },
			step: { fill: "#e9f0fc", stroke: "#5b8ddb", text: "#1c3f77" },
			output: { fill: "#fdf0e2", stroke: "#d9822b", text: "#6d3d0c" },
		},
	},
	dark: {
		name: "dark",
		text: "#e3e6ea",
		muted: "#9aa3ad",
		grid: "#33383f",
		accent: "#6ca4f8",
		second: "#f0a35e",
		danger: "#ff7b7b",
		roles: {
			source: { fill: "#173325", stroke: "#4fb07c", text: "#bfe8d0" },
			step: { fill: "#1a2b45", stroke: "#5b8ddb", text: "#cfe0fa" },
			output: { fill: "#3a2814", stroke: "#d9822b", text: "#f7dcbc" },
		},
	},
	static: {
		name: "static",
		text: "#7b828b",
		muted: "#7b828b",
		grid: "#8c939c55",
		accent: "#4b86df",
		second: "#d9822b",
		danger: "#dc5050",
		roles: {
			source: { fill: "#e3f4ea", stroke: "#3f9a68", text: "#15502f" },
			step: { fill: "#e9f0fc", stroke: "#5b8ddb", text: "#1c3f77" },
			output: { fill: "#fdf0e2", stroke: "#d9822b", text: "#6d3d0c" },
		},
	},
};

/** Returns the Vega-Lite `config` of a theme. */
export function themeConfig(theme: Theme): { readonly [name: string]: unknown } {
	return {
		background: "transparent",
		// Stored pictures repeat the font in every text; each picture is named as a whole, so its marks are not named again.
		font: theme.name === "static" ? "system-ui, sans-serif" : FONT,
		aria: false,
		padding: 4,
		view: { stroke: null },
		title: {
			color: theme.text,
			subtitleColor: theme.muted,
			fontSize: 12,
			fontWeight: 600,
			subtitleFontSize: 11,
			anchor: "start",
			offset: 8,
		},
		axis: {
			labelColor: theme.muted,
			titleColor: theme.muted,
			labelFontSize: 11,
			titleFontSize: 11,
			titleFontWeight: 500,
			gridColor: theme.grid,
			domainColor: theme.grid,
			tickColor: theme.grid,
			domain: false,
			ticks: false,
			labelPadding: 6,
			titlePadding: 8,
			labelFlush: false,
		},
		legend: { labelColor: theme.muted, titleColor: theme.muted, labelFontSize: 11, titleFontSize: 11 },
		text: { color: theme.text, fontSize: 11 },
		rule: { color: theme.grid },
	};
}
