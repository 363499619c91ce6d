/** Something that sends back what it gets: a mode, or a baseline that the modes are compared with. */
export interface Subject {
  readonly name: string;
  readonly baseline: boolean;
  /** Gets ready what is not measured: loads modules, compiles. Resolves to the reason when this machine cannot run it. */
  prepare(): Promise<string | undefined>;
  /** The host's side; a cold start is measured from here. */
  open(): Starter;
}

export interface Starter extends AsyncDisposable {
  start(): Promise<Echo>;
}

/** One running instance; disposing ends it. */
export interface Echo extends AsyncDisposable {
  echo(payload: unknown): Promise<unknown>;
}

/** A starter that holds nothing itself. */
export function starter(start: () => Promise<Echo>): Starter {
  return { start, async [Symbol.asyncDispose]() {} };
}
