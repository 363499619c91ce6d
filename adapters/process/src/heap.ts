import { DEFAULT_LIMITS } from "@sallyport/bus";
import type { PluginSource, PluginSpec } from "@sallyport/kernel";

/** The heap that the kernel will ask for, known before it does. A wrong guess costs a start without a spare. */
export function heapMb({ limits }: PluginSpec, { manifest }: PluginSource): number {
  return Math.min(limits?.memoryMb ?? DEFAULT_LIMITS.memoryMb, manifest?.limits?.memoryMb ?? Infinity);
}
