import type { PluginSpec } from "@sallyport/kernel";
import type { SecretSource } from "../secrets/types.js";
import type { AuditConfig } from "../audit/options.js";
import type { MetricsConfig } from "../metrics/options.js";

/** A plugin as the config describes it; its name is the key that it stands under. */
export type PluginConfig = Omit<PluginSpec, "name" | "base">;

/** `sallyport.json`. A plugin that is only a path gets every default. */
export interface HostConfig {
  readonly $schema?: string;
  readonly plugins: Readonly<Record<string, string | PluginConfig>>;
  /** Deadline of host calls that name none, ms. Default 30000. */
  readonly timeoutMs?: number;
  /** Keep plugins' stacks in errors. */
  readonly debug?: boolean;
  /** Where secrets come from, by the name that a grant `secret:NAME` opens. */
  readonly secrets?: Readonly<Record<string, SecretSource>>;
  /** How long the old generation of a secret is accepted after a rotation, ms. Default 60000. */
  readonly secretGraceMs?: number;
  /** Interfaces of which several majors may be provided at once, by the first part of their methods' names, and the major that calls mean which name none. */
  readonly interfaces?: Readonly<Record<string, number>>;
  /** A log of what plugins were allowed, refused and did. */
  readonly audit?: AuditConfig;
  /** Files with what each plugin uses and does. */
  readonly metrics?: MetricsConfig;
}

/** A plugin to load, and where the config says so. */
export interface LocatedSpec {
  readonly spec: PluginSpec;
  /** `sallyport.json:4:5`, or `plugins.fx` of a config object: for messages. */
  readonly where: string;
}

/** A config after validation. */
export interface ResolvedConfig {
  /** For messages: the file, relative to the working directory; `undefined` for an object. */
  readonly file: string | undefined;
  readonly plugins: readonly LocatedSpec[];
  readonly timeoutMs?: number;
  readonly debug?: boolean;
  readonly secrets?: Readonly<Record<string, SecretSource>>;
  readonly secretGraceMs?: number;
  readonly interfaces?: Readonly<Record<string, number>>;
  /** Where relative paths start. */
  readonly base?: string;
  /** Paths absolute. */
  readonly audit?: AuditConfig;
  readonly metrics?: MetricsConfig;
}
