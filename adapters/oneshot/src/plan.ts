import { isCode, isPluginCode, CODES, type StreamDirection } from "@sallyport/bus";
import type { Problem } from "@sallyport/manifest";
import type { MethodSettings, StdoutKind } from "./settings.js";
import { isPlace, literalOf, parseTemplate, type Template } from "./template.js";

/** One method, read once: what is run, what goes in and what its end means. */
export interface Plan {
  readonly method: string;
  readonly program: string;
  readonly args: readonly PlannedArgument[];
  readonly stdin: Stdin;
  readonly stdout: StdoutKind;
  /** `undefined`: any. */
  readonly success: ReadonlySet<number> | undefined;
  readonly errors: Readonly<Record<string, string>>;
  /** Members of params that it uses; `undefined`: stdin takes them all. */
  readonly members: ReadonlySet<string> | undefined;
  readonly stream: StreamDirection | undefined;
}

export interface PlannedArgument {
  readonly template: Template;
  /** It is there if params has this member. */
  readonly when: string | undefined;
}

export type Stdin = { readonly kind: "none" | "json" | "values" | "lines" } | { readonly kind: "member"; readonly name: string; readonly json: boolean };

const SHELLS = /(^|\/)(sh|bash|dash|zsh|ksh|ash|fish|cmd\.exe|powershell|pwsh)$/;
const SHELL_TEXT = /^-[a-z]*c$/;

/** Reads what the schema has passed; what it cannot say is added to `problems`, with pointers from the method. */
export function planOf(method: string, settings: MethodSettings, problems: Problem[]): Plan {
  const [first = "", ...elements] = settings.run;
  const wrong = (pointer: string, expected: string, got: string): void => void problems.push({ pointer, expected, got });
  const program = typeof first === "string" ? programOf(first, wrong) : "";
  if (typeof first !== "string") wrong("/run/0", "the name of a program", "an object");

  const args: PlannedArgument[] = [];
  const members = new Set<string>();
  let before: string | undefined;
  const add = (source: string, when: string | undefined, pointer: string): void => {
    const template = parseTemplate(source);
    if ("problem" in template) return wrong(pointer, "an argument", template.problem);
    const places = template.filter((part) => isPlace(part));
    if (places.length > 0 && SHELLS.test(program) && before !== undefined && SHELL_TEXT.test(before)) {
      wrong(pointer, 'a shell\'s text without places, its values as arguments: "grep -- \\"$1\\" file", "sh", "{name}"', JSON.stringify(source));
    }
    const [head] = template;
    if (head !== undefined && !isPlace(head) && places.length > 0 && /^-+$/.test(head.text)) wrong(pointer, "an option whose name is the manifest's", `${JSON.stringify(source)}, where the caller would choose it`);
    for (const { name } of places) members.add(name);
    before = literalOf(template);
    args.push({ template, when });
  };
  for (const [i, element] of elements.entries()) {
    const pointer = `/run/${i + 1}`;
    if (typeof element === "string") add(element, undefined, pointer);
    else {
      members.add(element.if);
      for (const [j, source] of element.args.entries()) add(source, element.if, `${pointer}/args/${j}`);
    }
  }

  const stdin = stdinOf(settings.stdin ?? "none");
  if (stdin.kind === "member") members.add(stdin.name);
  const stdout = settings.stdout ?? "result";
  const errors = settings.errors ?? {};
  for (const [exitCode, code] of Object.entries(errors)) {
    if (!isErrorCode(code)) wrong(`/errors/${exitCode}`, "json, a code that plugins may use, or one of the plugin's own such as fx.unknown_pair", JSON.stringify(code));
    if (settings.success?.some((one) => String(one) === exitCode)) wrong(`/errors/${exitCode}`, "an exit code that is not in `success` as well", exitCode);
  }
  if (Object.values(errors).includes("json") && (stdout === "lines" || stdout === "json-lines")) wrong("/errors", "codes: what a stream printed cannot be taken back to be an error", "json");
  const success = settings.success ?? (stdout === "result" ? undefined : [0]);
  return {
    method, program, args, stdin, stdout, errors,
    success: success && new Set(success),
    members: stdin.kind === "json" || stdin.kind === "values" ? undefined : members,
    stream: direction(stdin.kind === "lines", stdout === "lines" || stdout === "json-lines"),
  };
}

function programOf(source: string, wrong: (pointer: string, expected: string, got: string) => void): string {
  const template = parseTemplate(source);
  const program = "problem" in template ? undefined : literalOf(template);
  if (program === undefined || program === "" || program.startsWith("-")) {
    wrong("/run/0", "the name of a program, the same for each call", JSON.stringify(source));
    return "";
  }
  return program;
}

function stdinOf(source: string): Stdin {
  const template = parseTemplate(source);
  const place = "problem" in template ? undefined : template[0];
  if (isPlace(place)) return { kind: "member", name: place.name, json: place.as === "json" };
  return { kind: source as "none" | "json" | "values" | "lines" };
}

function direction(takes: boolean, gives: boolean): StreamDirection | undefined {
  if (takes) return gives ? "both" : "in";
  return gives ? "out" : undefined;
}

function isErrorCode(code: string): boolean {
  return code === "json" || isPluginCode(code) || (isCode(code) && !CODES[code].hostOnly);
}

/** A file of the plugin's own folder. */
export function isOwn({ program }: Pick<Plan, "program">): boolean {
  return program.includes("/") && !program.startsWith("/");
}
