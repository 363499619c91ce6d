import { isSallyportError } from "@sallyport/bus";

/** What was asked of one plugin and how it ended. Balanced when every call had one end. */
export interface Account {
  accepted: number;
  results: number;
  readonly errors: Map<string, number>;
  /** Ends beyond the first. */
  doubled: number;
  /** Errors without a code: always a bug. */
  readonly untyped: string[];
}

export interface Accounts {
  /** Enters a call; both of its ends are counted, so that a second one shows. */
  enter<T>(plugin: string, call: Promise<T>): Promise<T | undefined>;
  readonly all: ReadonlyMap<string, Account>;
  readonly open: number;
}

export function createAccounts(): Accounts {
  const all = new Map<string, Account>();
  let open = 0;
  return {
    all,
    get open() {
      return open;
    },
    async enter(plugin, call) {
      const account: Account = all.get(plugin) ?? { accepted: 0, results: 0, errors: new Map(), doubled: 0, untyped: [] };
      all.set(plugin, account);
      account.accepted++;
      open++;
      let ends = 0;
      const over = (): void => {
        if (++ends > 1) account.doubled++;
        else open--;
      };
      try {
        const value = await call;
        over();
        account.results++;
        return value;
      } catch (error) {
        over();
        const code = isSallyportError(error) ? error.code : "untyped";
        if (code === "untyped" && account.untyped.length < 5) account.untyped.push(String((error as Error)?.stack ?? error));
        account.errors.set(code, (account.errors.get(code) ?? 0) + 1);
        return undefined;
      }
    },
  };
}

export function failed(account: Account): number {
  return [...account.errors.values()].reduce((sum, n) => sum + n, 0);
}
