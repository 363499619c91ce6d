import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { real } from "./system.js";

/** Temporary folders of programs that have none inside their sandbox: nobody else's, and gone with them. */
export interface Homes {
  make(): Promise<string>;
  remove(home: string): Promise<void>;
  /** Those whose removal nobody has waited for. */
  removeAll(): Promise<void>;
}

export function createHomes(): Homes {
  const homes = new Set<string>();
  const remove = async (home: string): Promise<void> => {
    await rm(home, { recursive: true, force: true }).catch(() => undefined);
    homes.delete(home);
  };
  return {
    async make() {
      const home = await mkdtemp(join(real(tmpdir()) ?? tmpdir(), "sallyport-"));
      homes.add(home);
      return home;
    },
    remove,
    removeAll: async () => void (await Promise.all([...homes].map(remove))),
  };
}
