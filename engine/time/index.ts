// Contents of the time folder.
export { type Clock, ManualClock, SystemClock } from "./clock.ts";
export { Duration, milliseconds, minutes, seconds } from "./duration.ts";
export { Interval, Time } from "./time.ts";
