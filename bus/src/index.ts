export { systemClock, type Clock } from "./clock.js";
export type { Codec } from "./codec/codec.js";
export { jsonCodec } from "./codec/json.js";
export { msgpackCodec } from "./codec/msgpack.js";
export { CODES, isCode, isPluginCode, type Code, type CodeFacts } from "./codes.js";
export { fromErrorObject, isSallyportError, readErrorObject, SallyportError, toErrorObject, type Crash, type ErrorDetails, type ErrorObject } from "./errors.js";
export { excerpt, readFrame } from "./frame.js";
export type {
  ByeFrame, ByeReason, CancelFrame, CancelReason, CreditFrame, DataFrame, EndFrame, ErrorFrame, EventFrame, Frame, GuestHello, HelloFrame, HostHello,
  LogFrame, LogLevel, Meta, MethodInfo, PingFrame, PongFrame, Progress, ProgressFrame, RequestFrame, ResponseFrame, StreamDirection, Warning,
} from "./frame.js";
export { encodeFrame } from "./framing/encode.js";
export { createFrameReader, type FrameReader, type FrameReaderOptions } from "./framing/reader.js";
export { createHandshakeReader, HANDSHAKE_BYTES, handshakeLine, type Handshake, type HandshakeReader } from "./handshake.js";
export { DEFAULT_LIMITS, FRAME_BYTES_BEFORE_HELLO, fromWireLimits, LIMIT_NAMES, MAX_LIMITS, narrowLimits, toWireLimits, type Limits, type WireLimits } from "./limits.js";
export { createPeer } from "./peer/create.js";
export type { Agreed, IncomingCall, OutgoingCall, Peer, PeerHandlers, PeerOptions, RequestOptions } from "./peer/peer.js";
export { plainController, type CancelController, type CancelSignal } from "./signal.js";
export { coversPattern, isPattern, isTopic, matchTopic } from "./topic.js";
export { createTopics, type Topics } from "./topics.js";
export { assertValue, MAX_DEPTH, MAX_NODES, type Value } from "./value.js";
