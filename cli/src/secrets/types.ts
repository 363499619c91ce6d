/** Where one secret comes from; relative paths start from the config's folder. */
export type SecretSource = FileSource | EnvironmentSource | CommandSource;

export interface FileSource {
  /** A file that only the user of the host can read, in folders that nobody else can change. Its last newline is not part of the secret. */
  readonly file: string;
}

export interface EnvironmentSource {
  /** A variable of the host's own environment; plugins do not get it with theirs. */
  readonly env: string;
}

export interface CommandSource {
  /** A program and its arguments, run without a shell in the config's folder; the secret is its stdout without the last newline. */
  readonly command: readonly string[];
  /** Longest run, ms. Default 10000. */
  readonly timeoutMs?: number;
  /** Run it again so often while a plugin has the secret, ms. Default: never, only for a plugin that asks. */
  readonly refreshMs?: number;
}

/** A source, opened. */
export interface SecretReader {
  /** Rejects with what is wrong and its remedy, never with the value. */
  read(signal: AbortSignal): Promise<Reading>;
  watch?(changed: () => void): () => void;
}

/** `mark`: differs whenever the value may differ, and says nothing of it; without it the values are compared. */
export interface Reading { readonly value: string; readonly mark?: string }
