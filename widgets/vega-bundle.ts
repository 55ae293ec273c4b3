// The Vega bundle of the labextension: what the views need of it, loaded on first use.
export { changeset } from "vega";
export { default as embed } from "vega-embed";
