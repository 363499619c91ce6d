import { SallyportError } from "@sallyport/bus";
import type { Conversion, InterfaceOptions } from "../api.js";

/** What the host says of one interface, checked. */
export interface InterfaceRules {
  readonly current: number | undefined;
  /** Earlier majors that are still served, the newest first. */
  readonly earlier: readonly EarlierRules[];
}

export interface EarlierRules {
  readonly major: number;
  readonly removedOn: string;
  readonly provider: Conversion | undefined;
  readonly caller: Conversion | undefined;
}

const SEGMENT = /^[A-Za-z0-9_-]{1,256}$/;
const DAY = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;

/** Throws `invalid_argument` naming the field. */
export function readInterfaces(options: Readonly<Record<string, InterfaceOptions>> = {}): ReadonlyMap<string, InterfaceRules> {
  return new Map(Object.entries(options).map(([name, { current, from = {} }]) => {
    const path = `interfaces.${name}`;
    const refuse = (field: string, expected: string, got: unknown): never => {
      throw new SallyportError("invalid_argument", `${field}: expected ${expected}, got ${JSON.stringify(got) ?? String(got)}`, { path: field, help: "Correct it where the kernel is made." });
    };
    if (!SEGMENT.test(name)) refuse("interfaces", "the first part of method names", name);
    if (current !== undefined && !isMajor(current)) refuse(`${path}.current`, "a major, such as 2", current);
    const earlier = Object.entries(from).map(([text, { removedOn, provider, caller }]): EarlierRules => {
      const major = Number(text);
      if (!isMajor(major)) refuse(`${path}.from`, "majors, such as 1", text);
      if (current === undefined || major >= current) refuse(`${path}.from.${text}`, "a major before `current`", current);
      if (!DAY.test(removedOn) || Number.isNaN(Date.parse(removedOn))) refuse(`${path}.from.${text}.removedOn`, "a day, such as 2027-06-30", removedOn);
      return { major, removedOn, provider, caller };
    });
    return [name, { current, earlier: earlier.toSorted((a, b) => b.major - a.major) }];
  }));
}

function isMajor(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value < 1e9;
}
