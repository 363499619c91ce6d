import type { ErrorObject } from "@sallyport/bus";
import type { Guard, Need } from "@sallyport/kernel";
import type { Check } from "../doctor/machine.js";
import { BY_THE_HOST, strengthOf, type ModeReport } from "../doctor/modes.js";
import type { PluginReport } from "../doctor/plugins.js";
import type { Colors } from "../terminal.js";
import { renderError } from "./error.js";
import { table } from "./table.js";
import { wrap } from "./text.js";
import { plainText } from "./value.js";

export interface DoctorReport {
  readonly ok: boolean;
  readonly machine: readonly Check[];
  readonly modes: readonly ModeReport[];
  readonly config?: string;
  readonly error?: ErrorObject;
  readonly plugins: readonly PluginReport[];
}

const ROWS: readonly (readonly [guard: Guard, what: string])[] = [
  ["files", "files beyond its permissions"],
  ["network", "addresses beyond its permissions"],
  ["peers", "memory and signals of others"],
  ["orphans", "outliving its end"],
  ["memoryMb", "memory"],
  ["cpuSeconds", "CPU seconds"],
  ["cpuPercent", "CPU share"],
  ["descriptors", "descriptors"],
  ["processes", "processes"],
  ["fileMb", "size of a file"],
  ["diskMb", "its temporary folder"],
  ["timers", "timers"],
];
const MARKS = { ok: "ok", note: "note", lacking: "lacks" } as const;
const LONGEST_COLUMN = 100;
/** `  files beyond its permissions  `, and `go-plugin  `. */
const LONGEST_GUARD = 32;
const LONGEST_CELL = 11;
/** Under the mode, or modes, of which it is said. */
const LINE = 6;

export function renderDoctor({ ok, machine, modes, config, error, plugins }: DoctorReport, columns: number, colors: Colors): string {
  const width = Math.min(columns, LONGEST_COLUMN);
  const parts = [
    section("This machine", machine.map((check) => checkText(check, width, colors)).join("\n"), colors),
    section("What is kept from a plugin, where its sandbox is 'auto'", matrices(modes, width, colors), colors),
    `  ${wrap(`In every mode with a boundary the host itself bounds ${list(BY_THE_HOST)}.`, width, 2)}`,
    section("By what", together(modes.map((mode) => [mode.mode, howLines(mode)]), width, colors), colors),
  ];
  const remedies = modes.flatMap(({ mode, remedies: each }) => each.map(({ guards, help }) => [mode, [`${guards.join(", ")}: ${plainText(help)}`]] as const));
  const needs = modes.flatMap(({ mode, needs: each }) => each.map((need) => [mode, [needLine(need)]] as const));
  if (needs.length > 0) parts.push(section("What modes need", together(needs, width, colors), colors));
  if (remedies.length > 0) parts.push(section("What would help", together(remedies, width, colors), colors));
  if (error !== undefined) parts.push(section("Config", renderError(error, colors), colors));
  if (config !== undefined) parts.push(section(`Plugins of ${config}`, plugins.map((plugin) => pluginText(plugin, width, colors)).join("\n"), colors));
  parts.push(`${autoText(modes, width, colors)}\n${verdict(ok, config, colors)}`);
  return parts.join("\n\n");
}

function section(title: string, text: string, colors: Colors): string {
  return `${colors.bold(title)}\n${text}`;
}

function checkText({ name, status, text, fix }: Check, width: number, colors: Colors): string {
  const paint = { ok: colors.green, note: colors.dim, lacking: colors.yellow }[status];
  const start = `  ${paint(MARKS[status].padEnd(5))}  ${name.padEnd(15)}  `;
  const indent = 26;
  return `${start}${wrap(plainText(text), width, indent)}${fix === undefined ? "" : `\n${" ".repeat(indent - 5)}${colors.dim("fix")}  ${wrap(plainText(fix), width, indent)}`}`;
}

/** As many modes beside each other as there is room for. */
function matrices(modes: readonly ModeReport[], width: number, colors: Colors): string {
  const room = Math.max(1, Math.floor((width - LONGEST_GUARD) / LONGEST_CELL));
  const parts: string[] = [];
  for (let at = 0; at < modes.length; at += room) parts.push(matrix(modes.slice(at, at + room), colors));
  return parts.join("\n\n");
}

function matrix(modes: readonly ModeReport[], colors: Colors): string {
  const paint = { kept: colors.green, weakly: colors.yellow, measured: String } as const;
  const cell = (mode: ModeReport, guard: Guard): string => {
    const strength = strengthOf(mode.guards[guard]);
    return strength === undefined ? colors.yellow("-") : paint[strength](strength);
  };
  const rows = ROWS.map(([guard, what]) => [`  ${what}`, ...modes.map((mode) => cell(mode, guard))]);
  return table(["", ...modes.map((mode) => mode.mode)], [["  profile", ...modes.map((mode) => profileText(mode.profile, colors))], ...rows], colors);
}

/** What is the same for several modes is said once. */
function together(said: readonly (readonly [mode: string, lines: readonly string[]])[], width: number, colors: Colors): string {
  const groups = new Map<string, string[]>();
  for (const [mode, lines] of said) groups.set(lines.join("\n"), [...(groups.get(lines.join("\n")) ?? []), mode]);
  return [...groups].map(([text, modes]) => {
    const lines = text.split("\n").map((line) => `${" ".repeat(LINE)}${wrap(line, width, LINE)}`);
    return [`  ${colors.bold(wrap(modes.join(", "), width, 2))}`, ...lines].join("\n");
  }).join("\n");
}

/** Guards that are kept by the same stand together. */
function howLines({ by, guards, traits }: ModeReport): readonly string[] {
  const groups = new Map<string, Guard[]>();
  for (const [guard] of ROWS) {
    const how = guards[guard];
    if (how !== undefined) groups.set(how, [...(groups.get(how) ?? []), guard]);
  }
  const lines = [...groups].map(([how, kept]) => `${kept.join(", ")}: ${plainText(how)}`);
  const head = by === "nothing" && lines.length === 0 ? (traits.memory === "shared" ? "nothing: it is part of the program" : "nothing") : by === "nothing" ? "" : plainText(by);
  return [head, ...lines].filter((line) => line !== "");
}

function needLine({ what, found, help }: Need): string {
  return found === undefined ? `${plainText(what)} is not here. ${plainText(help)}` : `${plainText(what)}: ${plainText(found)}`;
}

function autoText(modes: readonly ModeReport[], width: number, colors: Colors): string {
  return wrap(`${colors.bold("auto gives")} ${modes.map((mode) => `${mode.mode} ${profileText(mode.profile, colors)}`).join(", ")}.`, width, 0);
}

function pluginText({ plugin, where, mode, wants, gets, problems, error }: PluginReport, width: number, colors: Colors): string {
  const isFine = error === undefined && problems.length === 0;
  const facts = [mode ?? "mode unknown", gets === undefined ? `sandbox ${wants}` : `sandbox ${wants}: ${gets}`].join(", ");
  const head = `  ${isFine ? colors.green("ok   ") : colors.red("FAILS")}  ${colors.bold(plainText(plugin))} ${facts}${isFine ? "" : colors.dim(` ${plainText(where)}`)}`;
  const lines = problems.flatMap(({ text, fix }) => [`         ${wrap(plainText(text), width, 9)}`, ...(fix === undefined ? [] : [`    ${colors.dim("fix")}  ${wrap(plainText(fix), width, 9)}`])]);
  return [head, ...lines, ...(error === undefined ? [] : [renderError(error, colors).replaceAll(/^/gm, "         ")])].join("\n");
}

function profileText(profile: string, colors: Colors): string {
  return profile === "strict" ? colors.green(profile) : profile === "limits" ? colors.yellow(profile) : profile;
}

function verdict(ok: boolean, config: string | undefined, colors: Colors): string {
  if (config === undefined && ok) return "There is no config to look at.";
  return ok ? colors.green("Everything that the config asks for can be enforced.") : colors.red("The config asks for what cannot be enforced here, or cannot be read.");
}

function list(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
