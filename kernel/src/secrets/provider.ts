/** A secret as its provider has it at one moment. */
export interface Secret {
  readonly value: string;
  /** Another value has another generation. It is shown in logs: nothing of the value may be in it. */
  readonly generation: string;
  /** Wall-clock time at which it is read again, ms since 1970. */
  readonly expiresAtMs?: number;
}

/** Where a host's secrets come from. Names are those of `secret:NAME` grants. */
export interface SecretProvider {
  /** Rejects `not_found` for a name that it does not have; with anything else when it cannot be read now. */
  get(name: string, signal: AbortSignal): Promise<Secret>;
  /** Calls `changed` when the secret may have another value. Returns the way to stop. */
  watch?(name: string, changed: () => void): () => void;
}
