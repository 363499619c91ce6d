/** Lines of at most `columns`, each after `indent` spaces; a word that is longer stands alone. */
export function wrap(text: string, columns: number, indent = 0): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    if (line !== "" && indent + line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else line += (line === "" ? "" : " ") + word;
  }
  return [...lines, line].join(`\n${" ".repeat(indent)}`);
}

/** `71 µs`, `1.2 ms`, `3.4 s`. */
export function durationText(us: number): string {
  const [value, unit] = us < 1000 ? [us, "µs"] : us < 1e6 ? [us / 1000, "ms"] : [us / 1e6, "s"];
  return `${numberText(value, us < 1000 ? 2 : 3)} ${unit}`;
}

/** Three significant digits, thousands apart; never in exponents. */
export function numberText(value: number, digits = 3): string {
  return new Intl.NumberFormat("en", { maximumSignificantDigits: digits }).format(value);
}

/** `812 B`, `1.5 KiB`, `84 MiB`. */
export function bytesText(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const power = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10));
  return `${numberText(bytes / 1024 ** power, 3)} ${units[power]}`;
}
