import type { PluginSource } from "@sallyport/kernel";

/**
 * What a plugin may read unasked. A manifest makes a folder the plugin's own; a bare program has only itself, since what lies
 * beside it may be the host's config, or another plugin.
 */
export function ownFiles({ root, entry, manifest }: PluginSource): readonly string[] {
  return manifest === undefined ? [entry] : [root];
}
