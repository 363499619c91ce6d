/** What the cell is told of its library. */
export interface Head {
  /** Absolute. */
  readonly library: string;
  readonly fingerprint?: string | undefined;
  readonly frameBytes: number;
  /** The file of koffi to require. */
  readonly koffi: string;
}
