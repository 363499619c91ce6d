/** Shorter texts are too common to be taken out of logs and errors. */
export const MIN_SECRET_CHARS = 8;

const ALIGNMENTS = [0, 1, 2];
/** Of a secret of many lines, so many are also looked for by themselves. */
const MOST_LINES = 64;

/** Every spelling of a secret that is looked for, longest first: itself, and as it looks in JSON, a URL, hex and base64. */
export function formsOf(secret: string): readonly string[] {
  const lines = secret.split(/\r?\n/);
  // What is printed by line is also found by line; the frame of a PEM file is no secret.
  const plain = [secret, ...(lines.length > 1 ? lines.filter((line) => !line.startsWith("-----")).slice(0, MOST_LINES) : [])];
  const forms = new Set<string>();
  for (const text of plain) {
    if (text.trim().length < MIN_SECRET_CHARS) continue;
    const bytes = Buffer.from(text, "utf8");
    const escaped = JSON.stringify(text).slice(1, -1);
    for (const form of [text, escaped, escaped.replaceAll("/", "\\/"), inUrl(text), inUrl(text).replaceAll("%20", "+"), inUrl(text).toLowerCase(), bytes.toString("hex"), bytes.toString("hex").toUpperCase()]) forms.add(form);
    for (const alignment of ALIGNMENTS) {
      const form = base64Within(bytes, alignment);
      forms.add(form);
      forms.add(form.replaceAll("+", "-").replaceAll("/", "_"));
    }
  }
  return [...forms].filter((form) => form.length >= MIN_SECRET_CHARS).toSorted((a, b) => b.length - a.length);
}

function inUrl(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The characters that depend on these bytes alone, where `before` bytes stand in front of them: `user:SECRET` in base64 is not the secret's base64. */
function base64Within(bytes: Uint8Array, before: number): string {
  const bits = (before + bytes.byteLength) * 8;
  const text = Buffer.concat([new Uint8Array(before), bytes]).toString("base64");
  return text.slice(Math.ceil((before * 8) / 6), Math.floor(bits / 6));
}
