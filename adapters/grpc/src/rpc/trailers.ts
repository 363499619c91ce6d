import { constants, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http2";
import { ERROR_KEY, type Ended } from "../status.js";

/** gRPC's numbers that are needed here. */
export const STATUS = { ok: 0, cancelled: 1, unknown: 2, deadlineExceeded: 4, permissionDenied: 7, resourceExhausted: 8, unimplemented: 12, internal: 13, unavailable: 14, unauthenticated: 16 } as const;

/** Longest text of a status that is looked at, characters. */
const MOST_TEXT = 4000;
const FROM_HTTP: Readonly<Record<number, number>> = { 400: STATUS.internal, 401: STATUS.unauthenticated, 403: STATUS.permissionDenied, 404: STATUS.unimplemented, 429: STATUS.unavailable, 502: STATUS.unavailable, 503: STATUS.unavailable, 504: STATUS.unavailable };

/** The status in trailers, or in headers that are all there is. */
export function statusIn(headers: IncomingHttpHeaders): Ended | undefined {
  const status = headers["grpc-status"];
  if (status === undefined) return undefined;
  const code = typeof status === "string" && /^[0-9]{1,4}$/.test(status) ? Number(status) : STATUS.unknown;
  const own = headers[ERROR_KEY];
  return { code, details: textOf(headers["grpc-message"]), ...(typeof own === "string" && { errors: [Buffer.from(own, "base64")] }) };
}

/** The same, to be sent. */
export function trailersOf({ code, details, errors }: Ended): OutgoingHttpHeaders {
  const [own] = errors ?? [];
  return {
    "grpc-status": String(code),
    ...(details !== "" && { "grpc-message": percent(details.slice(0, MOST_TEXT)) }),
    ...(own !== undefined && { [ERROR_KEY]: Buffer.from(own).toString("base64") }),
  };
}

/** What is no answer of gRPC: a proxy's page, or some other server. */
export function notGrpc(headers: IncomingHttpHeaders): Ended | undefined {
  const status = Number(headers[":status"]);
  if (status !== 200) return { code: FROM_HTTP[status] ?? STATUS.unknown, details: `the plugin's server answers as HTTP ${status}, not as gRPC` };
  const type = headers["content-type"];
  return type !== undefined && /^application\/grpc(\+proto)?(;.*)?$/.test(type) ? undefined : { code: STATUS.unknown, details: "the plugin's server answers with something that is not gRPC" };
}

/** How a stream ended that brought no status. */
export function statusOfReset(rstCode: number, connected: boolean): Ended {
  if (!connected) return { code: STATUS.unavailable, details: "the connection to the plugin is broken" };
  if (rstCode === constants.NGHTTP2_NO_ERROR) return { code: STATUS.internal, details: "the plugin's server ended the call without a status" };
  if (rstCode === constants.NGHTTP2_REFUSED_STREAM) return { code: STATUS.unavailable, details: "the plugin's server takes no more calls" };
  if (rstCode === constants.NGHTTP2_CANCEL) return { code: STATUS.cancelled, details: "the plugin's server cancelled the call" };
  if (rstCode === constants.NGHTTP2_ENHANCE_YOUR_CALM) return { code: STATUS.resourceExhausted, details: "headers of the plugin's server are larger than the limit, or it asks for less" };
  return { code: STATUS.internal, details: `the plugin's server broke off the call (HTTP/2 code ${rstCode})` };
}

function percent(text: string): string {
  return Array.from(Buffer.from(text), (byte) => (byte >= 0x20 && byte < 0x7f && byte !== 0x25 ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`)).join("");
}

/** Percent-encoded UTF-8; one that is not is taken as it is. */
function textOf(value: string | string[] | undefined): string {
  if (typeof value !== "string") return "";
  const text = value.slice(0, MOST_TEXT);
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
