// All RDD operators and actions; executors and the driver load this list, handles do not need it.
import { registerAction, registerRdd } from "../plan/operators.ts";
import { collect, count, foreach, foreachPartition, reduce, take } from "./actions/basic.ts";
import { print } from "./actions/print.ts";
import { rows } from "./actions/rows.ts";
import { blocks } from "./blocks.ts";
import { countAll } from "./countAll.ts";
import { filter } from "./filter.ts";
import { flatMap } from "./flatMap.ts";
import { flatMapValues } from "./flatMapValues.ts";
import { groupByKey } from "./groupByKey.ts";
import { join } from "./join.ts";
import { map } from "./map.ts";
import { mapValues } from "./mapValues.ts";
import { mapWithState, stateSnapshots } from "./mapWithState.ts";
import { parallelize } from "./parallelize.ts";
import { flatGroups, pairNull, pairNullOne, pairOne } from "./parts.ts";
import { reduceByKey } from "./reduceByKey.ts";
import { reduceWindow } from "./reduceWindow.ts";
import { union } from "./union.ts";
import { updateState } from "./updateState.ts";
import { values } from "./values.ts";

for (const operator of [
	blocks,
	countAll,
	filter,
	flatMap,
	flatMapValues,
	flatGroups,
	groupByKey,
	join,
	map,
	mapValues,
	mapWithState,
	pairNull,
	pairNullOne,
	pairOne,
	parallelize,
	reduceByKey,
	reduceWindow,
	stateSnapshots,
	union,
	updateState,
	values,
]) {
	registerRdd(operator);
}

for (const action of [collect, count, foreach, foreachPartition, print, reduce, rows, take]) registerAction(action);
