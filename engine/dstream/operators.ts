// All stream operators; the driver loads this list.
import { registerDStream } from "../plan/operators.ts";
import { cogroup, fullOuterJoin, leftOuterJoin, rightOuterJoin } from "./co-groups.ts";
import { combineByKey } from "./combineByKey.ts";
import { count } from "./count.ts";
import { countByValue } from "./countByValue.ts";
import { filter } from "./filter.ts";
import { flatMap } from "./flatMap.ts";
import { flatMapValues } from "./flatMapValues.ts";
import { groupByKey } from "./groupByKey.ts";
import { join } from "./join.ts";
import { map } from "./map.ts";
import { mapAsync } from "./mapAsync.ts";
import { mapValues } from "./mapValues.ts";
import { mapWithState, stateSnapshots } from "./mapWithState.ts";
import { glom, mapPartitions, mapPartitionsKeepingKeys } from "./partitions.ts";
import { flatGroups, pairNull, pairNullOne, pairOne, values } from "./parts.ts";
import { reduce } from "./reduce.ts";
import { reduceByKey } from "./reduceByKey.ts";
import { reduceWindow } from "./reduceWindow.ts";
import { repartition } from "./repartition.ts";
import { transform } from "./transform.ts";
import { union } from "./union.ts";
import { updateStateByKey } from "./updateStateByKey.ts";
import { window } from "./window.ts";

for (const operator of [
	cogroup,
	combineByKey,
	fullOuterJoin,
	glom,
	leftOuterJoin,
	mapPartitions,
	mapPartitionsKeepingKeys,
	repartition,
	rightOuterJoin,
	count,
	countByValue,
	filter,
	flatMap,
	flatGroups,
	flatMapValues,
	groupByKey,
	join,
	map,
	mapValues,
	mapAsync,
	mapWithState,
	pairNull,
	pairNullOne,
	pairOne,
	reduce,
	reduceByKey,
	reduceWindow,
	stateSnapshots,
	transform,
	union,
	updateStateByKey,
	values,
	window,
]) {
	registerDStream(operator);
}
