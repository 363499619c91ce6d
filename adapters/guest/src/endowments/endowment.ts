/** A group of globals given to a guest, and their end. */
export interface Endowment {
  readonly globals: Readonly<Record<string, unknown>>;
  /** Revokes: nothing that was given does anything afterwards. */
  end(): void;
}
