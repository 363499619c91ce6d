import { jsonCodec, SallyportError } from "@sallyport/bus";
import { parseJson } from "@sallyport/manifest";

/**
 * A value from JSON text in the protocol's spelling (`{"$bytes":…}` and the like).
 * Throws `invalid_argument` with `name:line:column`, what was expected and what was there.
 */
export function readJsonText(text: string, name: string): unknown {
  try {
    parseJson(name, text);
    return jsonCodec.decode(new TextEncoder().encode(text));
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new SallyportError("invalid_argument", message.startsWith(name) ? message : `${name}: ${message}`, {
      help: `Give one JSON value; in a shell put it in single quotes: '{"text":"hi"}'. A single - reads it from stdin.`,
    });
  }
}
