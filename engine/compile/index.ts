// Door of the stage compiler.
export { type LoopText, loopText, type Shape, type SinkShape } from "./loop.ts";
