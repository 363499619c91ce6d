/** One argument as a manifest writes it: text, and places for members of params. */
export type Template = readonly Part[];

export type Part = { readonly text: string } | Place;

export interface Place {
  readonly name: string;
  /** `json`: any value, as JSON. `spread`: a list, one argument for each item. */
  readonly as: "plain" | "json" | "spread";
}

const PLACE = /^\{(\.\.\.)?([A-Za-z_][A-Za-z0-9_-]{0,63})(:json)?\}/;

/** Parses one argument. There is nothing else to it: no nesting, no defaults, no expressions. */
export function parseTemplate(source: string): Template | { readonly problem: string } {
  const parts: Part[] = [];
  let text = "";
  const flush = (): void => {
    if (text !== "") parts.push({ text });
    text = "";
  };
  for (let at = 0; at < source.length; ) {
    const c = source[at] as string;
    if ((c === "{" || c === "}") && source[at + 1] === c) {
      text += c;
      at += 2;
    } else if (c === "{") {
      const [all, spread, name, json] = PLACE.exec(source.slice(at, at + 100)) ?? [];
      if (all === undefined || name === undefined || (spread !== undefined && json !== undefined)) return { problem: "a brace that begins neither {name}, {name:json} nor {...name}; a brace itself is written {{" };
      if (spread !== undefined && all !== source) return { problem: `${all} beside other text: a list stands alone` };
      flush();
      parts.push({ name, as: spread !== undefined ? "spread" : json !== undefined ? "json" : "plain" });
      at += all.length;
    } else if (c === "}") {
      return { problem: "a brace that ends nothing; a brace itself is written }}" };
    } else {
      text += c;
      at++;
    }
  }
  flush();
  return parts;
}

export function isPlace(part: Part | undefined): part is Place {
  return part !== undefined && "name" in part;
}

/** The text of an argument without places. */
export function literalOf(template: Template): string | undefined {
  const [part] = template;
  if (part === undefined) return "";
  return template.length === 1 && !isPlace(part) ? part.text : undefined;
}
