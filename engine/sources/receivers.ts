// All receivers of built-in sources; the receiver host loads this list.
import "./socket-receiver.ts";
