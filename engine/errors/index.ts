// Contents of the error folder.
export { decodeError, decodeThrown, type EncodedError, encodeError, NON_ERROR } from "./codec.ts";
export {
	CancelledError,
	CaptureError,
	ConfigError,
	type ErrorFields,
	type ErrorTableRow,
	errorTable,
	JournalError,
	MemoryError,
	SourceError,
	SqlError,
	StateError,
	StreamError,
	type StreamErrorCode,
	TaskError,
	TimeoutError,
} from "./errors.ts";
export { describeValue, positionText, type StreamErrorOptions, streamError } from "./message.ts";
export { parseStack, type StackFrame } from "./stack.ts";
