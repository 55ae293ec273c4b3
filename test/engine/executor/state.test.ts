// StatePartition against a Map: changes, rollbacks, bases, deltas and restores in any order.
import fc from "fast-check";
import { expect, test } from "vitest";
import { keyOf } from "../../../engine/data/index.ts";
import { StatePartition } from "../../../engine/executor/state.ts";
import type { StateImage } from "../../../engine/plan/stage.ts";

type Change = { readonly kind: "set" | "remove"; readonly key: unknown; readonly value: unknown };

const key = fc.oneof(
	fc.constantFrom("a", "b", "c", "d", "e", "", "\0a"),
	fc.integer({ min: -2, max: 12 }),
	fc.constantFrom<unknown>(null, true, 1n, Number.NaN, -0),
	fc.tuple(fc.integer({ min: 0, max: 2 }), fc.constantFrom("x", "y")),
	fc.constantFrom({ a: 1, b: 2 }, { b: 2, a: 1 }),
);
const value = (objects: boolean) =>
	objects
		? fc.oneof(fc.integer(), fc.record({ n: fc.integer() }), fc.array(fc.integer(), { maxLength: 2 }))
		: fc.oneof(fc.integer(), fc.constantFrom<unknown>("", null, 0, -0, false, Number.NaN));
const change = (objects: boolean): fc.Arbitrary<Change> =>
	fc.oneof(
		{ weight: 3, arbitrary: fc.record({ kind: fc.constant("set" as const), key, value: value(objects) }) },
		{ weight: 2, arbitrary: fc.record({ kind: fc.constant("remove" as const), key, value: fc.constant(undefined) }) },
	);
const batch = (objects: boolean) =>
	fc.record({
		changes: fc.array(change(objects), { maxLength: 25 }),
		end: fc.constantFrom("commit", "commit", "commit", "roll back"),
		restore: fc.boolean(),
	});

/** The model: insertion order, a key that comes back goes to the end. */
class Model {
	readonly entries = new Map<unknown, [unknown, unknown]>();
	apply({ kind, key, value }: Change): void {
		const name = keyOf(key);
		if (kind === "remove") this.entries.delete(name);
		else this.entries.set(name, [this.entries.get(name)?.[0] ?? key, value]);
	}
	copy(): Model {
		const copy = new Model();
		for (const [name, entry] of this.entries) copy.entries.set(name, entry);
		return copy;
	}
}

function apply(partition: StatePartition, { kind, key, value }: Change): void {
	const id = partition.find(key);
	if (kind === "remove") {
		if (id >= 0) partition.removeAt(id);
	} else if (id >= 0) partition.setAt(id, value);
	else partition.append(key, value);
}

function same(partition: StatePartition, model: Model): void {
	const { keys, values } = partition.table();
	expect(keys.map((key, i) => [key, values[i]])).toEqual([...model.entries.values()]);
	expect(partition.size).toBe(model.entries.size);
	for (const [key, value] of model.entries.values()) expect(partition.valueAt(partition.find(key))).toEqual(value);
	expect(partition.find("never there")).toBe(-1);
}

test.each([
	["plain values", false],
	["objects as values", true],
])("any history of changes, rollbacks and restores is that of a Map (%s)", (_name, objects) => {
	fc.assert(
		fc.property(fc.array(batch(objects), { minLength: 1, maxLength: 30 }), (batches) => {
			let partition = new StatePartition(undefined);
			let model = new Model();
			let image: StateImage = { version: 0, deltas: [] };
			batches.forEach(({ changes, end, restore }, index) => {
				const before = model.copy();
				partition.begin();
				for (const each of changes) {
					apply(partition, each);
					model.apply(each);
				}
				same(partition, model);
				if (end === "commit") {
					const version = (index + 1) * 1000;
					const { base, delta } = partition.commit(version);
					expect([base, delta].filter((data) => data !== undefined)).toHaveLength(1);
					image =
						base === undefined
							? { version, base: image.base, deltas: [...image.deltas, delta as SharedArrayBuffer] }
							: { version, base, deltas: [] };
					expect(image.deltas.length).toBeLessThanOrEqual(10);
				} else {
					model = before;
					// What cannot be undone exactly is made again from its image, as the store does.
					if (!partition.rollback()) partition = new StatePartition(image);
				}
				expect(partition.version).toBe(image.version);
				same(partition, model);
				if (restore) partition = new StatePartition(image);
				same(partition, model);
			});
		}),
		{ numRuns: 150 },
	);
});

test("a partition whose keys come and go stays as small as its keys", () => {
	const partition = new StatePartition(undefined);
	for (let version = 1; version <= 400; version++) {
		partition.begin();
		partition.append(`key ${version}`, version);
		const old = partition.find(`key ${version - 3}`);
		if (old >= 0) partition.removeAt(old);
		partition.commit(version);
	}
	expect(partition.size).toBe(3);
	expect(partition.length).toBeLessThan(40);
	expect(partition.table().keys).toEqual(["key 398", "key 399", "key 400"]);
});

test("a small change of a large state is a small delta", () => {
	const partition = new StatePartition(undefined);
	partition.begin();
	for (let i = 0; i < 5000; i++) partition.append(`key ${i}`, i);
	const { base } = partition.commit(1);
	partition.begin();
	partition.setAt(17, -1);
	const { delta, base: second } = partition.commit(2);
	expect(second).toBeUndefined();
	expect((delta as SharedArrayBuffer).byteLength).toBeLessThan((base as SharedArrayBuffer).byteLength / 100);
	const restored = new StatePartition({ version: 2, base, deltas: [delta as SharedArrayBuffer] });
	expect(restored.valueAt(17)).toBe(-1);
	expect(restored.size).toBe(5000);
});

test("a value that is set to what it was is no change", () => {
	const partition = new StatePartition(undefined);
	partition.begin();
	for (let i = 0; i < 100; i++) partition.append(i, i);
	partition.commit(1);
	partition.begin();
	for (let i = 0; i < 100; i++) partition.setAt(i, i);
	const { base, delta } = partition.commit(2);
	expect(base).toBeUndefined();
	expect((delta as SharedArrayBuffer).byteLength).toBeLessThan(200);
});
