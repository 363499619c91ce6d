import { chmod, lstat, mkdir, mkdtemp, realpath, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { SallyportError } from "@sallyport/bus";

/** Longest path of a socket that every system takes, bytes. */
const MOST_PATH = 100;
/** What a library may add: `/in/plugin1234567890`. */
const ROOM = 40;

/** A folder of one instance, in which its plugin makes sockets. */
export interface SocketFolder {
  /** The one that the plugin may write. */
  readonly path: string;
  /** The one of the host's sockets, which the plugin may connect to and not change. */
  readonly calls: string;
  /**
   * Takes a socket that the plugin made to where the plugin cannot reach it, and only then looks what it is: a link, or another
   * socket in its place a moment later, would send the host's calls to whom the plugin chose. Resolves to its new path.
   */
  claim(plugin: string, path: string): Promise<string>;
  remove(): Promise<void>;
}

export async function createSocketFolder(): Promise<SocketFolder> {
  const usual = await realpath(tmpdir());
  const base = Buffer.byteLength(usual) + ROOM < MOST_PATH ? usual : await realpath("/tmp");
  const folder = await mkdtemp(join(base, "sallyport-grpc-"));
  const [path, own, calls] = [join(folder, "in"), join(folder, "out"), join(folder, "cb")] as const;
  await chmod(folder, 0o700);
  for (const one of [path, own, calls]) await mkdir(one, { mode: 0o700 });
  let claimed = 0;
  return {
    path,
    calls,
    async claim(plugin, given) {
      const file = basename(given);
      if (dirname(given) !== path || file === "." || file === "..") {
        throw bad(plugin, `listens at ${JSON.stringify(given.slice(0, 200))}, outside of the folder that it was given`, `Listen in ${path}.`);
      }
      const mine = join(own, String(claimed++));
      await rename(given, mine).catch((cause: unknown) => {
        throw bad(plugin, `says that it listens at ${file}, and there is nothing`, "Listen first, then say so.", cause);
      });
      const stats = await lstat(mine);
      if (!stats.isSocket()) {
        await rm(mine, { recursive: true, force: true });
        throw bad(plugin, `says that it listens at ${file}, which is ${stats.isSymbolicLink() ? "a link" : "no socket"}`, "Make the socket itself there.");
      }
      return mine;
    },
    remove: () => rm(folder, { recursive: true, force: true }).catch(() => undefined),
  };
}

function bad(plugin: string, what: string, help: string, cause?: unknown): SallyportError {
  return new SallyportError("bad_handshake", `'${plugin}' ${what}`, { plugin, help, ...(cause !== undefined && { cause }) });
}
