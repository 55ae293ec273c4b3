// Contents of the configuration folder.
export { Conf, type ConfSettings } from "./conf.ts";
export type { ConfKey, ConfValues } from "./keys.ts";
export { parseSize, parseTime } from "./units.ts";
