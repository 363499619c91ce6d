import type { Confinement, Enforcement } from "@sallyport/kernel";

/** The folder of the socket lies outside of the sandbox's own: what is written there is bounded by nothing but the size of a file. */
export function withoutDisk<T extends Confinement | Enforcement>(kept: T): T {
  const { diskMb: _open, ...guards } = kept.guards;
  return { ...kept, guards };
}
