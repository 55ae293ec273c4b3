// What the property tests of this folder draw from.
import fc from "fast-check";

/** Seed of all property tests; `MILLRACE_TEST_SEED=…` repeats a run. It stands in the titles. */
export const seed = Number(process.env.MILLRACE_TEST_SEED ?? Date.now() % 2 ** 31) | 0;

const number = fc.oneof(
	fc.integer(),
	fc.double(),
	fc.constantFrom(0, -0, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, -(2 ** 31), 0.1),
);
const unit = fc.oneof(fc.constantFrom(0, 0x61, 0xe9, 0x20ac), fc.integer({ min: 0xd800, max: 0xdfff }));

/** Strings with NUL, Latin-1, two-byte characters and lone surrogates. */
export const strings: fc.Arbitrary<string> = fc.oneof(
	fc.string(),
	fc.array(unit, { maxLength: 20 }).map((list) => String.fromCharCode(...list)),
	fc.constantFrom("", "\0", "\0s", "\0v", "\0vz", "\0ss", "__proto__", "constructor"),
);

const leaf = fc.oneof(
	strings,
	number,
	fc.boolean(),
	fc.bigInt(),
	fc.constant(null),
	fc.constant(undefined),
	fc.date({ noInvalidDate: false }),
);
const name = fc.oneof(fc.constantFrom("a", "b", "c", "__proto__", "1", "0"), strings);

/** Keys by value, nested. */
export const keys: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
	key: fc.oneof(
		{ depthSize: "small", withCrossShrink: true },
		leaf,
		fc.array(tie("key"), { maxLength: 4 }),
		fc.dictionary(name, tie("key"), { maxKeys: 4 }),
	),
})).key;

/** Values that structured clone keeps exactly. */
export const values: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
	value: fc.oneof(
		{ depthSize: "small" },
		leaf,
		fc.array(tie("value"), { maxLength: 4 }),
		fc.sparseArray(tie("value"), { maxLength: 5 }),
		fc.dictionary(name, tie("value"), { maxKeys: 4, noNullPrototype: true }),
		fc.uint8Array({ maxLength: 6 }),
		fc.float64Array({ maxLength: 6 }),
		fc.array(fc.tuple(leaf, tie("value")), { maxLength: 3 }).map((entries) => new Map(entries)),
		fc.array(leaf, { maxLength: 3 }).map((list) => new Set(list)),
		fc.tuple(fc.constantFrom(Error, TypeError, RangeError), strings).map(([C, text]) => new C(text)),
	),
})).value;

/** Structured clone makes every prototype the ordinary one. */
const ordinary = { noNullPrototype: true } as const;

/** Lists of records of one shape, as streams carry them, and of mixed ones. */
export const recordLists: fc.Arbitrary<unknown[]> = fc.oneof(
	...[
		strings,
		number,
		fc.integer(),
		fc.boolean(),
		fc.tuple(strings, number),
		fc.tuple(fc.tuple(strings, fc.integer()), fc.option(number)),
		fc.record(
			{ user: strings, n: number, at: fc.record({ x: number, tags: fc.array(strings, { maxLength: 3 }) }, ordinary) },
			ordinary,
		),
		fc.record({ ["__proto__"]: number, "c0[i]": strings, 'quote"': fc.boolean() }, ordinary),
		fc.record({ a: number, b: strings }, { requiredKeys: ["a"], noNullPrototype: true }),
		fc.option(strings, { nil: undefined }),
		fc.oneof(strings, number),
		fc.array(number, { maxLength: 3 }),
		values,
	].map((record) => fc.array(record as fc.Arbitrary<unknown>, { maxLength: 12 })),
);
