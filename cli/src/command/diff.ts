import { SallyportError } from "@sallyport/bus";
import type { Manifest } from "@sallyport/kernel";
import { readPlugin } from "@sallyport/manifest";
import { judge, verdictText } from "../contract/judge.js";
import { interruptible } from "../interrupt.js";
import type { CommonOptions } from "../options.js";
import { plainText, renderValue } from "../render/value.js";
import { EXIT } from "../report.js";
import type { Terminal } from "../terminal.js";

/** `sallyport diff OLD NEW`: what a new version changes for those who rely on the old one, and whether its number says so. */
export async function diffCommand(before: string, now: string, options: Pick<CommonOptions, "json">, terminal: Terminal): Promise<number> {
  using interrupt = interruptible();
  const [older, newer] = await Promise.all([manifestOf(before, interrupt.signal), manifestOf(now, interrupt.signal)]);
  const { changes, verdicts } = judge(older, newer);
  const isFine = verdicts.every(({ isEnough }) => isEnough);
  if (options.json === true) {
    terminal.out(renderValue({ ok: isFine, changes, verdicts }));
    return isFine ? EXIT.OK : EXIT.FAILED;
  }
  const { outColors: colors } = terminal;
  const paint = { major: colors.red, minor: colors.green, patch: colors.dim } as const;
  const words = { major: "breaks", minor: "adds", patch: "changes" } as const;
  for (const { reach, path, text } of changes) terminal.out(`${paint[reach](words[reach].padEnd(8))}${plainText(path)}: ${plainText(text)}`);
  for (const verdict of verdicts) terminal.out(`${(verdict.isEnough ? colors.green("ok") : colors.red("flagged")).padEnd(8)} ${plainText(verdictText(verdict))}`);
  return isFine ? EXIT.OK : EXIT.FAILED;
}

/** Of a folder, a manifest, or a package.json; runs nothing. */
async function manifestOf(path: string, signal: AbortSignal): Promise<Manifest> {
  const source = await readPlugin({ path, base: process.cwd() }, signal);
  if (source?.manifest !== undefined) return source.manifest;
  throw new SallyportError("invalid_argument", `${path} has no manifest to compare`, { path, help: "Name a folder with a plugin.json, or that file." });
}
