import type { PluginSpec } from "@sallyport/kernel";
import type { Outcome } from "../case.js";

/**
 * The attacks in a mode that runs neither our modules nor our programs: the same attack, written in what that mode runs. The
 * plugin answers `evil.ping` with `ok`; `evil.attack` has the name of the attack as `params.variant`, beside what every attacker gets.
 */
export interface Port {
  /** Modes whose columns it plays in. */
  readonly modes: readonly string[];
  /** The attacker, a path in this package. */
  readonly plugin: string;
  /** Of the attacker's spec: what it needs to start at all. */
  readonly spec?: Pick<PluginSpec, "permissions" | "trust">;
  /** Compiles it and looks for its tools. Resolves to why it cannot be tried here. */
  ready?(): Promise<string | undefined>;
  /** A plugin of the same mode that behaves, with `demo.echo`, and how it gets ready. */
  readonly innocent: Pick<PluginSpec, "path" | "permissions" | "trust">;
  /** By case: how the attack is called, and what differs. */
  readonly plays: Readonly<Record<string, Play>>;
}

export interface Play {
  readonly variant?: string;
  /** In place of the port's plugin: for what happens before anything is called. */
  readonly plugin?: string;
  /** The worst that is expected here, by mode or in all of the port's. Default: what the case expects. */
  readonly expect?: Outcome | Readonly<Record<string, Outcome>>;
  /** Of the port's modes those where it is tried. Default: all. */
  readonly modes?: readonly string[];
}

/** What plays a case in a mode. */
export interface Role {
  readonly port: Port;
  readonly play: Play;
}
