// Random collections and partition counts: sorting, dealing out and comparing give what plain arrays give.
import { expect, test } from "vitest";
import { SparkContext } from "../../../engine/index.ts";
import { cellOptions, fewCells, randomness } from "../../support/matrix.ts";

test.each(fewCells)("$name: sortBy, repartition, distinct, zipWithIndex and subtract against arrays", async (cell) => {
	const { random } = randomness("rdd oracle");
	const upTo = (n: number) => Math.floor(random() * n);
	const ascending = (a: number, b: number) => a - b;
	const sc = new SparkContext(cellOptions(cell));
	try {
		for (let round = 0; round < 25; round++) {
			const items = Array.from({ length: upTo(300) }, () => upTo(40));
			const others = Array.from({ length: upTo(10) }, () => upTo(40));
			const numPartitions = 1 + upTo(9);
			const up = random() < 0.5;
			const rdd = sc.parallelize(items, 1 + upTo(9));
			const sorted = await rdd
				.sortBy((x) => x, { ascending: up, numPartitions })
				.glom()
				.collect();
			expect(sorted).toHaveLength(numPartitions);
			expect(sorted.flat()).toEqual([...items].sort(up ? ascending : (a, b) => b - a));
			const dealt = await rdd.repartition(numPartitions).collect();
			expect(dealt.sort(ascending)).toEqual([...items].sort(ascending));
			expect((await rdd.distinct(numPartitions).collect()).sort(ascending)).toEqual(
				[...new Set(items)].sort(ascending),
			);
			expect(await rdd.zipWithIndex().collect()).toEqual(items.map((x, i) => [x, i]));
			const left = await rdd.subtract(sc.parallelize(others)).collect();
			expect(left.sort(ascending)).toEqual(items.filter((x) => !others.includes(x)).sort(ascending));
		}
	} finally {
		await sc.stop();
	}
});
