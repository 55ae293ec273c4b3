// The parts of the engine for the in-process runtime: the same classes that the thread entries start.
import "./dstream/operators.ts";
import "./rdd/operators.ts";
import "./sources/operators.ts";
import "./sources/receivers.ts";
import { Driver, type DriverPorts } from "./driver/driver.ts";
import { Executor, type ExecutorOptions } from "./executor/executor.ts";
import { ReceiverHost } from "./receiver/host.ts";
import { type Part, type PartFactory, spawnerOf } from "./runtime/index.ts";
import type { DriverOptions } from "./runtime/messages.ts";
import type { ReceiverOptions } from "./runtime/receiver-messages.ts";

/** How each part is made in the calling thread. */
export const factories: { readonly [part in Part]: PartFactory } = {
	driver: (port, options, ports) =>
		new Driver({ notebook: port, ...ports } as DriverPorts, options as DriverOptions, spawnerOf("in-process")),
	executor: (port, options) => {
		new Executor(port, options as ExecutorOptions);
		return { close: () => port.close() };
	},
	receiver: (port, options) => new ReceiverHost(port, options as ReceiverOptions),
};
