// Contents of the capture folder: user functions as data, and back.
export { capture, sameCapture } from "./capture.ts";
export { type AstNode, lexicalNames, patternNames, varNames } from "./declarations.ts";
export { freeze, isFrozen, isLive, Live, live, onLiveChange } from "./live.ts";
export { loadReference, type ModuleReference, preloadModules } from "./modules.ts";
export { mapRevivedStack, revivedPosition, type UserFrame, type UserPosition, userFrames } from "./positions.ts";
export { capturedModules, revive } from "./revive.ts";
export { type FreeVariable, type FreeVariables, freeVariables } from "./scope.ts";
export type {
	CaptureContext,
	CapturedFunction,
	CaptureNode,
	CaptureSlot,
	FunctionSource,
	NodeIndex,
	NotebookBindings,
	ReviveContext,
} from "./types.ts";
export { type FailedCall, userError } from "./user-error.ts";
