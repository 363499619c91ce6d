/** What a manifest says under `modes.oneshot`, as `schema/oneshot.schema.json` explains it. */
export interface Settings {
  readonly methods: Readonly<Record<string, MethodSettings>>;
  readonly concurrency?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: "plugin" | "private";
}

export interface MethodSettings {
  readonly run: readonly RunElement[];
  readonly stdin?: string;
  readonly stdout?: StdoutKind;
  readonly success?: readonly number[];
  readonly errors?: Readonly<Record<string, string>>;
}

export type RunElement = string | { readonly if: string; readonly args: readonly string[] };

export type StdoutKind = "result" | "json" | "values" | "text" | "bytes" | "lines" | "json-lines";

/** Each with the processes that its sandbox puts around it stays well below the usual `limits.processes`. */
export const USUAL_CONCURRENCY = 8;
