import { coversPattern, toErrorObject, type ErrorObject } from "@sallyport/bus";
import { chooseAdapter, type Adapter, type GrantSpec, type Kernel, type Manifest, type PluginSource } from "@sallyport/kernel";
import type { LocatedSpec } from "../config/types.js";
import { flaggedVersions, type Flagged } from "../contract/side-by-side.js";
import { emptyHost, loadPlugin } from "../host.js";
import { importInline, requireListed } from "../import-inline.js";
import { interruptible } from "../interrupt.js";
import { allModes, holding, isListed } from "../modes.js";
import type { TargetOptions } from "../options.js";
import { renderError } from "../render/error.js";
import { plainText, renderValue } from "../render/value.js";
import { EXIT, logHooks } from "../report.js";
import { targetConfig } from "../target.js";
import type { Terminal } from "../terminal.js";

export interface CheckCommandOptions extends TargetOptions {
  readonly start?: boolean;
}

/** What was found of one plugin. */
interface Finding {
  readonly plugin: string;
  readonly where: string;
  readonly entry?: string;
  /** Asked for by the manifest and not granted by the config. */
  readonly denied?: readonly string[];
  readonly error?: ErrorObject;
}

/** All that was found. */
interface Report {
  readonly findings: readonly Finding[];
  readonly versions: readonly Flagged[];
}

/** `sallyport check`: the config and every manifest, all problems at once; with `--start` each plugin is started too. */
export async function checkCommand(options: CheckCommandOptions, terminal: Terminal): Promise<number> {
  using interrupt = interruptible();
  const { signal } = interrupt;
  const config = await targetConfig(options, signal);
  await using adapters = holding(allModes({}, { spares: 0 }));
  const manifests = new Map<string, Manifest>();
  const findings = await Promise.all(config.plugins.map((plugin) => inspect(plugin, adapters.list, signal, manifests)));
  const versions = flaggedVersions(manifests);
  if (options.start === true && findings.every((finding) => finding.error === undefined)) {
    const inline = await importInline(config.plugins);
    const hostOptions = { inline, signal, hooks: logHooks(terminal, options), debug: options.debug === true, audit: false, metrics: false } as const;
    await using kernel = emptyHost(config, hostOptions);
    const started = await Promise.all(config.plugins.map((plugin) => start(kernel, plugin, hostOptions)));
    return show({ findings: findings.map((finding, i) => ({ ...finding, ...started[i] })), versions }, config.file, options, terminal);
  }
  return show({ findings, versions }, config.file, options, terminal);
}

async function inspect({ spec, where }: LocatedSpec, adapters: readonly Adapter[], signal: AbortSignal, manifests: Map<string, Manifest>): Promise<Finding> {
  const finding = { plugin: spec.name ?? spec.path, where };
  try {
    // What a program lists is read by nobody but us; `--start` finds out whether it is a plugin.
    const source = isListed(spec.mode, adapters) ? await requireListed(spec, "", signal) : (await chooseAdapter(spec, adapters, signal)).source;
    if (source.manifest !== undefined) manifests.set(finding.plugin, source.manifest);
    return { ...finding, entry: source.entry, denied: ungranted(source, spec.grants ?? []) };
  } catch (thrown) {
    const error = toErrorObject(thrown);
    return { ...finding, error: { ...error, msg: `${where}: ${error.msg}`, plugin: finding.plugin } };
  }
}

/** As the kernel will see it: a grant covers a need of its own kind whose every name its pattern matches. */
function ungranted(source: PluginSource, grants: readonly GrantSpec[]): readonly string[] {
  const covers = (grant: GrantSpec, need: string): boolean => {
    const [grantKind = "", granted = ""] = typeof grant === "string" ? grant.split(":") : ["call", grant.call];
    const [needKind, needed = ""] = need.split(":");
    const [grantPattern = "", grantMajor] = granted.split("@");
    const [needPattern = "", needMajor] = needed.split("@");
    return grantKind === needKind && coversPattern(grantPattern, needPattern) && (grantMajor === undefined || grantMajor === needMajor);
  };
  return (source.manifest?.needs ?? []).filter((need) => !grants.some((grant) => covers(grant, need)));
}

async function start(kernel: Kernel, plugin: LocatedSpec, options: Parameters<typeof loadPlugin>[2]): Promise<{ error?: ErrorObject; denied?: readonly string[] }> {
  try {
    await loadPlugin(kernel, { ...plugin, spec: { ...plugin.spec, start: "eager" } }, options);
    const info = kernel.list().find((each) => each.name === plugin.spec.name);
    return info === undefined ? {} : { denied: info.denied };
  } catch (error) {
    return { error: toErrorObject(error) };
  }
}

function show({ findings, versions }: Report, file: string | undefined, options: CheckCommandOptions, terminal: Terminal): number {
  const wrong = findings.filter((finding) => finding.error !== undefined);
  if (options.json === true) terminal.out(renderValue({ config: file, ok: wrong.length === 0, plugins: findings, ...(versions.length > 0 && { versions }) }));
  else {
    for (const finding of findings) showFinding(finding, options.start === true, terminal);
    for (const { plugins: [older, newer], text } of versions) terminal.err(`   ${terminal.errColors.yellow("flagged")} ${older} and ${newer} are versions of one plugin: ${plainText(text)} (sallyport diff tells more)`);
  }
  return wrong.length === 0 ? EXIT.OK : EXIT.USAGE;
}

function showFinding({ plugin, entry, denied = [], error }: Finding, started: boolean, terminal: Terminal): void {
  const { outColors: out, errColors: err } = terminal;
  if (error !== undefined) return terminal.err(renderError(error, err));
  terminal.out(`${out.green("ok")} ${out.bold(plugin)} ${plainText(entry ?? "")}${started ? ", started" : ""}`);
  if (denied.length > 0) terminal.err(`   ${err.yellow("denied")} ${plugin} asks for ${plainText(denied.join(", "))}, which its grants do not hold`);
}
