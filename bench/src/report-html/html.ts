/** Markup that is safe to print: made by `html`, or vouched for with `trusted`. */
export interface Html {
  readonly markup: string;
}

type Part = Html | string | number | undefined | readonly Part[];

/** A template whose values are escaped, unless they are markup themselves. Lists are joined; `undefined` is nothing. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return { markup: strings.reduce((text, string, i) => text + render(parts[i - 1]) + string) };
}

/** Text of our own files, printed as it is. */
export function trusted(markup: string): Html {
  return { markup };
}

/** A value for a script block: no text in it can end the block. */
export function jsonBlock(value: unknown): Html {
  return trusted(JSON.stringify(value).replaceAll("<", "\\u003c").replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029"));
}

function render(part: Part): string {
  if (part === undefined) return "";
  if (typeof part === "string") return part.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
  if (typeof part === "number") return String(part);
  return "markup" in part ? part.markup : part.map(render).join("");
}
