/** `audit` of a config: what is written down, and where. */
export interface AuditConfig {
  /** Relative to the config's folder. Its folder must belong to this user, and nobody else may write there. */
  readonly file: string;
  /** Calls and events that crossed a boundary: `all`; `denied` (default): none but those refused, which are always written; one in so many. */
  readonly crossings?: "all" | "denied" | { readonly every: number };
  /** Size at which a file is set aside, MiB. Default 16. */
  readonly maxMb?: number;
  /** Files set aside that stay. Default 8. */
  readonly keep?: number;
  /** A file with 32 bytes or more that only the host and the auditor can read: lines are authenticated with it. */
  readonly keyFile?: string;
  /** Load no plugin while the audit cannot be written. */
  readonly required?: boolean;
}

export const AUDIT_DEFAULTS = { maxMb: 16, keep: 8 } as const;
