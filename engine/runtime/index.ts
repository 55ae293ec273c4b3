// Door of the runtime interfaces.
export { inProcess, type PartFactory } from "./in-process.ts";
export { type Part, provideSpawner, type Spawner, type Started, spawnerOf } from "./spawner.ts";
export { threads } from "./threads.ts";
