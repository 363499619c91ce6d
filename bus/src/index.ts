export { systemClock, type Clock } from "./clock.js";
export type { Codec } from "./codec/codec.js";
export { CODES, isCode, isPluginCode, type Code, type CodeFacts } from "./codes.js";
export { fromErrorObject, isSallyportError, readErrorObject, SallyportError, toErrorObject, type Crash, type ErrorDetails, type ErrorObject } from "./errors.js";
export { excerpt, readFrame } from "./frame.js";
export type {
  ByeFrame, ByeReason, CancelFrame, CancelReason, CreditFrame, DataFrame, EndFrame, ErrorFrame, EventFrame, Frame, GuestHello, HelloFrame, HostHello,
  LogFrame, LogLevel, Meta, MethodInfo, PingFrame, PongFrame, Progress, ProgressFrame, RequestFrame, ResponseFrame, StreamDirection, Warning,
} from "./frame.js";
export { DEFAULT_LIMITS, FRAME_BYTES_BEFORE_HELLO, fromWireLimits, LIMIT_NAMES, MAX_LIMITS, narrowLimits, toWireLimits, type Limits, type WireLimits } from "./limits.js";
export { createPeer } from "./peer/create.js";
export type { Agreed, IncomingCall, OutgoingCall, Peer, PeerHandlers, PeerOptions, RequestOptions } from "./peer/peer.js";
export { plainController, type CancelController, type CancelSignal } from "./signal.js";
export { assertValue, MAX_DEPTH, MAX_NODES, type Value } from "./value.js";
