/** A transaction after all stages. */
export interface Posting {
  /** `statement:number`: the same whenever the same statement is read again. */
  readonly id: string;
  readonly statement: string;
  readonly date: string;
  readonly amount: string;
  readonly currency: string;
  readonly name: string;
  readonly category: string;
  /** In the base currency, hundredths. */
  readonly cents: number;
  readonly fingerprint: string;
}

/** The host's book. Whatever is delivered again, each transaction counts once. */
export interface Ledger {
  /** `false`: this id was read before, in an earlier attempt; there is nothing to do. */
  claim(id: string): boolean;
  /** Throws when the id is posted already: the pipeline has a fault. */
  post(posting: Posting): void;
  readonly postings: readonly Posting[];
  /** Transactions that came again after a crash and were recognised. */
  readonly again: number;
}

export function createLedger(): Ledger {
  const claimed = new Set<string>();
  const posted = new Map<string, Posting>();
  let again = 0;
  return {
    claim(id) {
      if (claimed.has(id)) {
        again++;
        return false;
      }
      claimed.add(id);
      return true;
    },
    post(posting) {
      if (posted.has(posting.id)) throw new Error(`transaction ${posting.id} is posted already`);
      posted.set(posting.id, posting);
    },
    get postings() {
      return [...posted.values()];
    },
    get again() {
      return again;
    },
  };
}
