/** What a file in `contenders/` exports. */
export interface ContenderFile {
  /** Loads, starts and connects all that the first call needs. */
  readonly open: Open;
  /** Gets ready what is not measured, such as compiling; the reason when this machine cannot run the contender. */
  unavailable?(): string | undefined | Promise<string | undefined>;
}

export type Open = () => Promise<Contender>;

/** One running contender. */
export interface Contender {
  /** Sends the value over the boundary and resolves to what came back. */
  echo(value: unknown): Promise<unknown>;
  close(): Promise<void>;
}
