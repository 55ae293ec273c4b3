// Door of the journal.
export {
	JOURNAL_FORMAT,
	type JournalContents,
	type JournalEntry,
	type RingCommand,
	type RingReport,
} from "./entries.ts";
export { Ring, RingHost } from "./ring.ts";
