// All RDD operators and actions; executors and the driver load this list, handles do not need it.
import { registerAction, registerRdd } from "../plan/operators.ts";
import { collect, count, foreach, foreachPartition, reduce, take } from "./actions/basic.ts";
import { extreme, fold, histogram, sketch, stats, sum, takeOrdered } from "./actions/fold.ts";
import { print } from "./actions/print.ts";
import { rows } from "./actions/rows.ts";
import { asKeys } from "./asKeys.ts";
import { blocks } from "./blocks.ts";
import { cartesian } from "./cartesian.ts";
import { coalesce } from "./coalesce.ts";
import { cogroup } from "./cogroup.ts";
import { combineGroups, combineLocally } from "./combineLocally.ts";
import { countAll } from "./countAll.ts";
import { distinctByKey, sketchByKey } from "./distinctByKey.ts";
import { filter } from "./filter.ts";
import { filterByRange } from "./filterByRange.ts";
import { find } from "./find.ts";
import { flatMap } from "./flatMap.ts";
import { flatMapValues } from "./flatMapValues.ts";
import { foldPartitions, treeLevel } from "./foldPartitions.ts";
import { glom } from "./glom.ts";
import { groupByKey } from "./groupByKey.ts";
import { intersectKeys } from "./intersectKeys.ts";
import { join } from "./join.ts";
import { keyBy } from "./keyBy.ts";
import { keys } from "./keys.ts";
import { map } from "./map.ts";
import { mapAsync } from "./mapAsync.ts";
import { mapPartitions, mapPartitionsKeepingKeys } from "./mapPartitions.ts";
import { mapPartitionsWithIndex, mapPartitionsWithIndexKeepingKeys } from "./mapPartitionsWithIndex.ts";
import { mapValues } from "./mapValues.ts";
import { mapWithState, stateSnapshots } from "./mapWithState.ts";
import { onPartition } from "./onPartition.ts";
import { fullOuterJoin, leftOuterJoin, rightOuterJoin } from "./outer-joins.ts";
import { parallelize } from "./parallelize.ts";
import { arrive, partitionBy, route } from "./partitionBy.ts";
import { flatGroups, pairNull, pairNullOne, pairOne } from "./parts.ts";
import { pipe } from "./pipe.ts";
import { prune } from "./prune.ts";
import { range } from "./range.ts";
import { binaryFiles, objectFile, textFile, wholeTextFiles } from "./readFiles.ts";
import { reduceByKey } from "./reduceByKey.ts";
import { reduceWindow } from "./reduceWindow.ts";
import { sample } from "./sample.ts";
import { sampleBetween } from "./sampleBetween.ts";
import { sampleByKey, sampleGroups } from "./sampleByKey.ts";
import { sortRoute, sortSample, sortWithin } from "./sortByKey.ts";
import { spread } from "./spread.ts";
import { subtractByKey } from "./subtractByKey.ts";
import { union } from "./union.ts";
import { updateState } from "./updateState.ts";
import { valueOne } from "./valueOne.ts";
import { values } from "./values.ts";
import { writeObjects, writeText } from "./writeFiles.ts";
import { zip, zipPartitions } from "./zip.ts";
import { zipWithIndex } from "./zipWithIndex.ts";
import { zipWithUniqueId } from "./zipWithUniqueId.ts";

for (const operator of [
	arrive,
	asKeys,
	binaryFiles,
	blocks,
	cartesian,
	coalesce,
	cogroup,
	combineGroups,
	combineLocally,
	countAll,
	distinctByKey,
	filter,
	filterByRange,
	find,
	flatGroups,
	flatMap,
	flatMapValues,
	foldPartitions,
	fullOuterJoin,
	glom,
	groupByKey,
	intersectKeys,
	join,
	keyBy,
	keys,
	leftOuterJoin,
	map,
	mapPartitions,
	mapPartitionsKeepingKeys,
	mapPartitionsWithIndex,
	mapPartitionsWithIndexKeepingKeys,
	mapValues,
	mapAsync,
	mapWithState,
	objectFile,
	onPartition,
	pairNull,
	pairNullOne,
	pairOne,
	parallelize,
	partitionBy,
	pipe,
	prune,
	range,
	reduceByKey,
	reduceWindow,
	rightOuterJoin,
	route,
	sample,
	sampleBetween,
	sampleByKey,
	sampleGroups,
	sketchByKey,
	sortRoute,
	sortSample,
	sortWithin,
	spread,
	stateSnapshots,
	subtractByKey,
	textFile,
	treeLevel,
	union,
	updateState,
	valueOne,
	values,
	wholeTextFiles,
	writeObjects,
	writeText,
	zip,
	zipPartitions,
	zipWithIndex,
	zipWithUniqueId,
]) {
	registerRdd(operator);
}

for (const action of [
	collect,
	count,
	extreme,
	fold,
	foreach,
	foreachPartition,
	histogram,
	print,
	reduce,
	rows,
	sketch,
	stats,
	sum,
	take,
	takeOrdered,
]) {
	registerAction(action);
}
