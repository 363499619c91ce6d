import type { Limits, StreamDirection } from "@sallyport/bus";
import type { GrantSpec } from "./grant.js";

/** A JSON Schema (2020-12) of the subset that `schema.ts` accepts from plugins. */
export type JsonSchema = boolean | { readonly [keyword: string]: unknown };

/** What an entry is, in a word that modes agree on: `module`, `executable`, `listed` and what later modes call theirs. The kernel only hands it on. */
export type EntryKind = string;

/** A file inside the plugin's folder; or one plugin's builds, by mode: a file, or a file for each platform. */
export type EntrySpec = string | Readonly<Record<string, string | PlatformBuilds>>;

/** Files by platform: `linux-x64` before `linux` before `*`. */
export type PlatformBuilds = Readonly<Record<string, string>>;

/** How far a plugin's code was looked at. Decides the mode where none is named. */
export type Trust = "untrusted" | "reviewed" | "trusted";

/** A plugin's own description of itself: `plugin.json`, or the field `sallyport` of a package.json. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description?: string;
  /** What is run. A mode that reaches a plugin in another way needs none. */
  readonly entry?: EntrySpec;
  /** Program and leading arguments that run the entry, `["python3", "-u"]`; without it the entry itself is executed. */
  readonly command?: readonly string[];
  readonly mode?: string;
  /** What single modes want to know, by their names; each checks its own. */
  readonly modes?: Readonly<Record<string, unknown>>;
  readonly methods?: Readonly<Record<string, ManifestMethod>>;
  /** Versions of the interfaces that it provides, by the first part of its methods' names: `{ "fx": "2.1.0" }`. */
  readonly interfaces?: Readonly<Record<string, string>>;
  /** Versions of others' interfaces that it was written for: `{ "ledger": "^1.2" }`. Its calls mean that major. */
  readonly uses?: Readonly<Record<string, string>>;
  /** Topic patterns it hears. */
  readonly events?: readonly string[];
  /** Grants it asks for; what the config does not grant stays denied. */
  readonly needs?: readonly string[];
  readonly limits?: Partial<Limits>;
  /** What it asks the system for; what the config does not grant stays denied. */
  readonly permissions?: Permissions;
  /** Schema of the plugin's `config`. */
  readonly config?: JsonSchema;
  readonly license?: string;
  readonly homepage?: string;
}

/** What reaches beyond the plugin's folder and its three pipes. Enforced for programs by the sandbox; a hardened guest has none of it anyway. */
export interface Permissions {
  /** Files and folders that it may read, beside its own folder and what every program needs. Relative ones start from the plugin's folder. */
  readonly read?: readonly string[];
  /** Files and folders that it may write; reading is included. */
  readonly write?: readonly string[];
  /** Where it may connect to: `*`, `*:443`, `api.example.com:443`. */
  readonly net?: readonly string[];
  /** Programs that it may start: absolute paths, or names found on PATH. */
  readonly run?: readonly string[];
}

/** `none`: nothing. `limits`: resources alone. `strict`: files, network and other processes too, or no start at all. */
export type Profile = "none" | "limits" | "strict";

/** `auto` (default): the best that this machine offers, told when it starts. One asked for by name is never downgraded. */
export type SandboxChoice = Profile | "auto";

export interface ManifestMethod {
  readonly description?: string;
  readonly params?: JsonSchema;
  readonly result?: JsonSchema;
  /** Schema of one output item. */
  readonly item?: JsonSchema;
  readonly stream?: StreamDirection;
  readonly idempotent?: boolean;
  readonly timeoutMs?: number;
}

/** What a host says about a plugin: one entry of `sallyport.json`, and the argument of `kernel.load`. */
export interface PluginSpec {
  /** How the host knows it; default: the manifest's name, or the file's name. The plugin's only identity. */
  readonly name?: string;
  /** Folder, module, package.json/plugin.json, or executable; relative to `base`; for a mode with a list of plugins, a name in it. */
  readonly path: string;
  /** Folder that relative paths start from; default: the working directory. */
  readonly base?: string;
  readonly args?: readonly string[];
  readonly mode?: string;
  readonly trust?: Trust;
  /** As in a manifest, for a plugin that has none. */
  readonly interfaces?: Readonly<Record<string, string>>;
  readonly uses?: Readonly<Record<string, string>>;
  /** `call:PATTERN`, `publish:PATTERN`, `subscribe:PATTERN`, `secret:PATTERN`; an object for calls with some arguments only. */
  readonly grants?: readonly GrantSpec[];
  readonly limits?: Partial<Limits>;
  readonly sandbox?: SandboxChoice;
  /** What the sandbox opens to it; of a manifest that states its own, what is in both. */
  readonly permissions?: Permissions;
  /** Handed to the plugin in the host's hello; the only way for secrets. */
  readonly config?: unknown;
  /** `false`: never started again, neither after a crash nor after its own goodbye; calls fail `unavailable`. */
  readonly restart?: Partial<RestartPolicy> | false;
  /** `eager` (default): started by `load`. `lazy`: by the first call; needs a manifest that lists methods. */
  readonly start?: "eager" | "lazy";
  /** Longest wait for the plugin's hello, ms. Default 10000. */
  readonly startTimeoutMs?: number;
  /** Stop an instance that had nothing to do for so long, ms; the next call starts it again. Default: never. */
  readonly idleStopMs?: number;
  /** Which mode it gets where none is named, and when it moves to another one by itself. */
  readonly policy?: PluginPolicy;
}

/** It never gives a plugin a mode that asks for more trust than it has. */
export interface PluginPolicy {
  /** What matters where no mode is named. By what the host knows of its modes (`KernelOptions.choose`); without that, and without figures, as if it were not there. */
  readonly prefer?: "latency" | "memory";
  readonly move?: MovePolicy;
}

/** When a plugin moves by itself, as `kernel.move` does it; the log says so, with the figures. */
export interface MovePolicy {
  /** Percent of `limits.memoryMb`. Above it in two samples in a row it moves from a mode whose crash is fatal to one whose crash is contained. */
  readonly memoryPercent?: number;
  /** Longest latency by method, ms. It moves to a faster mode after twice fifty calls of which more than five took longer. */
  readonly latencyMs?: Readonly<Record<string, number>>;
  /** Modes that it may move to, best first. Default: every one that runs it and that it is trusted for. */
  readonly to?: readonly string[];
  /** It moves at most once in so long, ms, and never back by itself. Default 600000. */
  readonly everyMs?: number;
}

export interface RestartPolicy {
  /** First wait before a restart, ms; doubles with each crash in the window. */
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
  /** So many crashes within `windowMs` open the breaker: calls fail `unavailable` until `cooldownMs` has passed. */
  readonly crashes: number;
  readonly windowMs: number;
  readonly cooldownMs: number;
  /** So many openings of the breaker, without an instance that lived for `windowMs` in between, and it is not started again before `kernel.release`. */
  readonly quarantineAfter: number;
}

export const DEFAULT_RESTART: RestartPolicy = { backoffMs: 100, maxBackoffMs: 30_000, crashes: 5, windowMs: 60_000, cooldownMs: 30_000, quarantineAfter: 3 };
