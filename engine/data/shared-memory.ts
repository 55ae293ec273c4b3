// Makes the garbage collector see shared memory: V8 counts it for no thread, so a thread that only passes it on never collects.

const STEP = 4 * 2 ** 20;
let unseen = 0;

/**
 * Counts shared memory that this thread made or was sent, and will let go: for every few megabytes V8 is given ordinary
 * memory of that size, garbage at once and never touched (so never more than addresses), whose amount starts the
 * collections that also free the shared memory.
 */
export function countShared(bytes: number): void {
	unseen += bytes;
	if (unseen < STEP) return;
	Buffer.allocUnsafeSlow(unseen);
	unseen = 0;
}
