import { SallyportError } from "@sallyport/bus";

/** A semantic version without what follows its three numbers, which says nothing of compatibility. */
export interface Version {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/** `^1.2`: of major 1, and at least that. */
export type Range = Version;

const NUMBER = String.raw`(0|[1-9]\d{0,8})`;
const VERSION = new RegExp(String.raw`^${NUMBER}\.${NUMBER}\.${NUMBER}(?:[-+][0-9A-Za-z.+-]+)?$`);
const RANGE = new RegExp(String.raw`^\^?${NUMBER}(?:\.${NUMBER})?(?:\.${NUMBER})?$`);

export function readVersion(text: string): Version | undefined {
  return numbers(VERSION.exec(text));
}

export function readRange(text: string): Range | undefined {
  return numbers(RANGE.exec(text));
}

export function satisfies(version: Version, range: Range): boolean {
  if (version.major !== range.major) return false;
  return version.minor !== range.minor ? version.minor > range.minor : version.patch >= range.patch;
}

export function versionText({ major, minor, patch }: Version): string {
  return `${major}.${minor}.${patch}`;
}

/** Of each interface what `read` makes of its text. Throws `invalid_argument` naming plugin and field. */
export function readEach<T>(plugin: string, field: "interfaces" | "uses", texts: Readonly<Record<string, string>> | undefined, read: (text: string) => T | undefined): ReadonlyMap<string, T> {
  return new Map(Object.entries(texts ?? {}).map(([name, text]) => {
    const value = typeof text === "string" ? read(text) : undefined;
    if (value !== undefined) return [name, value];
    const [expected, example] = field === "interfaces" ? ["a semantic version", "2.1.0"] : ["a range of versions", "^2.1"];
    throw new SallyportError("invalid_argument", `plugin '${plugin}', ${field}.${name}: expected ${expected}, got ${JSON.stringify(text)}`, { plugin, path: `${field}.${name}`, help: `Write, for example, "${example}".` });
  }));
}

function numbers(match: RegExpExecArray | null): Version | undefined {
  if (match === null) return undefined;
  const [, major = 0, minor = 0, patch = 0] = match.map(Number);
  return { major, minor: Number.isNaN(minor) ? 0 : minor, patch: Number.isNaN(patch) ? 0 : patch };
}
