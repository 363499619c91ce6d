import { jsonCodec } from "@sallyport/bus";

/**
 * A value as JSON in the protocol's spelling: bytes `{"$bytes":…}`, integers beyond 2^53 `{"$int":…}`,
 * timestamps `{"$time":…}`. Safe on a terminal, whatever a plugin put into it. `pretty`: indented.
 */
export function renderValue(value: unknown, pretty = false): string {
  const json = new TextDecoder().decode(jsonCodec.encode(value ?? null));
  return escapeControls(pretty ? JSON.stringify(JSON.parse(json), undefined, 2) : json);
}

// C1 controls, DEL and bidi overrides pass through JSON as they are; a terminal would obey them.
const CONTROLS = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** JSON text with what a terminal or a line reader would obey written as escapes. */
export function escapeControls(json: string): string {
  return json.replace(CONTROLS, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

// eslint-disable-next-line no-control-regex -- the point is to find them
const UNSAFE_TEXT = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Text that a plugin chose, safe to print: no escape sequence of its own reaches the terminal. */
export function plainText(text: string): string {
  return text.replace(UNSAFE_TEXT, "\uFFFD");
}
