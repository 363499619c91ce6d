import { isPattern, isTopic } from "@sallyport/bus";
import { RESERVED } from "../reserved.js";

/** A method as a call or a grant names it: `fx.rate`, or `fx.rate@1` for one major of its interface. */
export interface Reference {
  readonly name: string;
  readonly major: number | undefined;
}

const MAJOR = /^(.*)@(0|[1-9]\d{0,8})$/s;

function split(text: string): Reference {
  const [, name, major] = MAJOR.exec(text) ?? [];
  return name === undefined ? { name: text, major: undefined } : { name, major: Number(major) };
}

/** `undefined`: it names no method. */
export function readReference(text: string): Reference | undefined {
  // Nearly all calls name none.
  if (isTopic(text)) return { name: text, major: undefined };
  const reference = split(text);
  // The kernel's own methods have one spelling: what guards them compares names.
  return reference.major !== undefined && isTopic(reference.name) && !reference.name.startsWith(RESERVED) ? reference : undefined;
}

/** Whether it names a method, in whatever major. */
export function isReference(text: string): boolean {
  return isTopic(text) || readReference(text) !== undefined;
}

/** As `readReference`, for the pattern of a grant. */
export function readCallPattern(text: string): Reference | undefined {
  const reference = split(text);
  return isPattern(reference.name) ? reference : undefined;
}

/** The first segment of a method: the interface that it belongs to. */
export function interfaceOf(method: string): string {
  const dot = method.indexOf(".");
  return dot < 0 ? method : method.slice(0, dot);
}
