export { boundsOf, codeOfBounds, MAX_DEPTH, MAX_NODES, WIDEST, type FrameBounds } from "./bounds.js";
export { systemClock, type Clock } from "./clock.js";
export { createBytes, type Bytes } from "./codec/bytes.js";
export type { Codec, FrameDecoder, FrameEncoder } from "./codec/codec.js";
export { createFrameEncoder, type FrameWriting } from "./codec/encoder.js";
export { jsonCodec } from "./codec/json.js";
export { msgpackCodec } from "./codec/msgpack.js";
export { recordCodec } from "./codec/record/record.js";
export { explainRefusal, forWire } from "./codec/refusal.js";
export { createTextReader, type TextReader } from "./codec/text-in.js";
export { createTextWriter, storeAscii, type TextWriter } from "./codec/text-out.js";
export { CODES, isCode, isPluginCode, type Code, type CodeFacts } from "./codes.js";
export { fromErrorObject, isSallyportError, readErrorObject, SallyportError, toErrorObject, type Crash, type ErrorDetails, type ErrorObject } from "./errors.js";
export { excerpt, readFrame } from "./frame.js";
export type {
  ByeFrame, ByeReason, CancelFrame, CancelReason, CreditFrame, DataFrame, EndFrame, ErrorFrame, EventFrame, Frame, GuestHello, HelloFrame, HostHello,
  LogFrame, LogLevel, Meta, MethodInfo, PingFrame, PongFrame, Progress, ProgressFrame, RequestFrame, ResponseFrame, StreamDirection, Warning,
} from "./frame.js";
export { createFrameWriter, encodeFrame, type FrameWriter } from "./framing/encode.js";
export { createFrameReader, type FrameReader, type FrameReaderOptions } from "./framing/reader.js";
export { createHandshakeReader, HANDSHAKE_BYTES, handshakeLine, type Handshake, type HandshakeReader } from "./handshake.js";
export { DEFAULT_LIMITS, FRAME_BYTES_BEFORE_HELLO, fromWireLimits, LIMIT_NAMES, LIMITS, MAX_LIMITS, narrowLimits, toWireLimits, type LimitFacts, type Limits, type WireLimits } from "./limits.js";
export { createLookout, type Lookout, type Post } from "./lookout.js";
export { FRESH_MS, LATE_MS, patientTimeout, type PatientTimer } from "./patience.js";
export { createPeer } from "./peer/create.js";
export { createDeadlines, type Deadlines, type Slot, type Timed } from "./peer/deadlines.js";
export type { Agreed, CallSink, IncomingCall, OpenCall, OutgoingCall, Peer, PeerHandlers, PeerOptions, RequestOptions } from "./peer/peer.js";
export { createStream, type StreamSink, type StreamSource } from "./peer/stream.js";
export { createRate, type Rate } from "./rate.js";
export { shared, type SharedValue } from "./shared.js";
export { plainController, type CancelController, type CancelSignal } from "./signal.js";
export { createStride, type Stride } from "./stride.js";
export { isThenable } from "./thenable.js";
export { coversPattern, isPattern, isTopic, matchTopic } from "./topic.js";
export { createTopics, type Topics } from "./topics.js";
export type { Usage } from "./usage.js";
export { assertValue, inspectValue, MAX_NUMBER_INT, TIME_MAX_MS, TIME_MIN_MS, type Value } from "./value.js";
