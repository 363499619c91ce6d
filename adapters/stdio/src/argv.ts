import type { PluginSource } from "@sallyport/kernel";

/** The command line of a plugin: the manifest's command, the entry, the config's arguments. Data, never a shell's text. */
export function argvOf(source: PluginSource, args: readonly string[]): readonly string[] {
  return [...(source.manifest?.command ?? []), source.entry, ...args];
}
