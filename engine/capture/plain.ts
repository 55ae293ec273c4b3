// Which values structured clone copies faithfully, all the way down.
import { types } from "node:util";
import { builtinPrototype, isPlainPrototype } from "./builtins.ts";

/** Looks at each value once, however many captures of one function lead to it. Runs no getter and no trap. */
export class PlainScan {
	private readonly clean = new Set<object>();
	private readonly tainted = new Set<object>();

	/** Tells whether structured clone copies the value as it is, all the way down. One scan, each value once. */
	covers(root: object): boolean {
		const visited = new Set<object>();
		let plain: boolean;
		try {
			plain = this.scan(root, visited);
		} catch (error) {
			if (error instanceof RangeError) return false;
			throw error;
		}
		if (plain) for (const v of visited) this.clean.add(v);
		return plain;
	}

	private scan(value: unknown, visited: Set<object>): boolean {
		if (typeof value === "symbol" || typeof value === "function") return false;
		if (typeof value !== "object" || value === null) return true;
		if (this.clean.has(value) || visited.has(value)) return true;
		if (this.tainted.has(value)) return false;
		if (types.isProxy(value)) return false;
		visited.add(value);
		const plain = this.scanObject(value, visited);
		if (!plain) this.tainted.add(value);
		return plain;
	}

	private scanObject(value: object, visited: Set<object>): boolean {
		const proto = Object.getPrototypeOf(value) as object | null;
		if (proto === null) return false;
		if (Array.isArray(value)) {
			if (builtinPrototype(proto) !== "Array" || isFrozenValue(value)) return false;
			return this.scanProperties(value, visited, true);
		}
		if (isPlainPrototype(proto)) {
			// The prototype of a realm's objects is itself an object; arguments objects would lose what they are.
			if (types.isArgumentsObject(value) || isFrozenValue(value)) return false;
			return types.isModuleNamespaceObject(value) ? false : this.scanProperties(value, visited, false);
		}
		if (types.isNativeError(value)) {
			const cause = Object.getOwnPropertyDescriptor(value, "cause");
			return !cause || ("value" in cause && this.scan(cause.value, visited));
		}
		const kind = builtinPrototype(proto);
		if (ArrayBuffer.isView(value)) {
			const pooled = value.byteLength < value.buffer.byteLength && proto === Buffer.prototype;
			return !pooled && (kind !== undefined || proto === Buffer.prototype);
		}
		if (kind === undefined) return false;
		if (types.isAnyArrayBuffer(value) || types.isDate(value) || types.isRegExp(value)) return true;
		if (types.isBoxedPrimitive(value)) return !types.isSymbolObject(value);
		if (types.isMap(value)) {
			if (Reflect.ownKeys(value).length > 0) return false;
			for (const [k, v] of Map.prototype.entries.call(value)) {
				if (!this.scan(k, visited) || !this.scan(v, visited)) return false;
			}
			return true;
		}
		if (types.isSet(value)) {
			if (Reflect.ownKeys(value).length > 0) return false;
			for (const v of Set.prototype.values.call(value)) if (!this.scan(v, visited)) return false;
			return true;
		}
		return false;
	}

	private scanProperties(value: object, visited: Set<object>, array: boolean): boolean {
		for (const key of Reflect.ownKeys(value)) {
			if (array && key === "length") continue;
			if (typeof key === "symbol") return false;
			const d = Object.getOwnPropertyDescriptor(value, key) as PropertyDescriptor;
			// Never run a getter; a hidden property would be lost.
			if (!("value" in d) || !d.enumerable || !this.scan(d.value, visited)) return false;
		}
		return true;
	}
}

/** An empty object that cannot be extended counts as frozen, too. */
export function isFrozenValue(value: object): boolean {
	return !types.isModuleNamespaceObject(value) && Object.isFrozen(value);
}
