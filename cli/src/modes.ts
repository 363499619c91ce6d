import { goPlugin, grpc } from "@sallyport/adapter-grpc";
import { inline } from "@sallyport/adapter-inline";
import { process } from "@sallyport/adapter-process";
import { stdio } from "@sallyport/adapter-stdio";
import { worker } from "@sallyport/adapter-worker";
import type { Adapter } from "@sallyport/kernel";

/** The compile-time list of trusted plugins, by name in the config. */
export type InlinePlugins = Parameters<typeof inline>[0];

/** Every isolation mode there is, in the order in which equals are preferred. None of them has started anything. */
export function allModes(listed: InlinePlugins = {}): readonly Adapter[] {
  return [process(), worker(), stdio(), grpc(), goPlugin(), inline(listed)];
}
