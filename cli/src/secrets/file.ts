import { constants, unwatchFile, watchFile } from "node:fs";
import { open, realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { SallyportError } from "@sallyport/bus";
import type { Reading, SecretReader } from "./types.js";

const MAX_FILE_BYTES = 64 << 10;
const POLL_MS = 1000;
const NOT_MINE = 0o077;
const OTHERS_WRITE = 0o002;
const STICKY = 0o1000;

/** Reads a secret from a file that nobody but the user of the host can read or replace. */
export function fileReader(path: string): SecretReader {
  return {
    async read() {
      await assertOwnFolders(path);
      // What a link points at is read, and everything on the way to it is looked at too.
      const real = await realpath(path).catch((cause: unknown) => {
        throw new SallyportError("unavailable", `${path} does not exist or cannot be reached`, { cause, help: `Write the secret there: umask 077; cat > ${quoted(path)}` });
      });
      if (real !== path) await assertOwnFolders(real);
      return readPrivate(real);
    },
    watch(changed) {
      // By polling: a secret that is replaced by a rename, as tools do it, is another file.
      watchFile(path, { interval: POLL_MS, persistent: false }, changed);
      return () => unwatchFile(path, changed);
    },
  };
}

/** Looked at through the descriptor that is read: what is checked is what is used. */
async function readPrivate(path: string): Promise<Reading> {
  const file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)).catch((cause: unknown) => {
    throw new SallyportError("permission_denied", `${path} cannot be read by this user`, { cause, help: `Run: chmod 600 ${quoted(path)}` });
  });
  try {
    const facts = await file.stat({ bigint: true });
    const uid = process.getuid?.();
    if (!facts.isFile()) throw new SallyportError("invalid_argument", `${path} is not a file`, { help: "Name a file that holds the secret." });
    if (uid !== undefined && Number(facts.uid) !== uid && Number(facts.uid) !== 0) {
      throw new SallyportError("permission_denied", `${path} belongs to the user with id ${facts.uid}, not to the user with id ${uid} who runs the host`, { help: `Run: sudo chown ${uid} ${quoted(path)}` });
    }
    if (uid !== undefined && (Number(facts.mode) & NOT_MINE) !== 0) throw new SallyportError("permission_denied", `${path} holds a secret and can be used by others than its owner`, { help: `Run: chmod 600 ${quoted(path)}` });
    if (facts.size > MAX_FILE_BYTES) throw new SallyportError("invalid_argument", `${path} has more than ${MAX_FILE_BYTES} bytes`, { help: "Name a file that holds nothing but the secret." });
    const text = await file.readFile("utf8");
    return { value: text.replace(/\r?\n$/, ""), mark: `${facts.ino}.${facts.mtimeNs}.${facts.ctimeNs}.${facts.size}` };
  } finally {
    await file.close();
  }
}

/** Whoever can write into a folder on the way can put another file there. */
async function assertOwnFolders(path: string): Promise<void> {
  const uid = process.getuid?.();
  if (uid === undefined) return;
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const facts = await stat(folder).catch((cause: unknown) => {
      throw new SallyportError("unavailable", `${folder} does not exist or cannot be reached`, { cause, help: `Run: mkdir -p -m 700 ${quoted(folder)}` });
    });
    if (facts.uid !== uid && facts.uid !== 0) throw new SallyportError("permission_denied", `${folder} belongs to the user with id ${facts.uid}, who could replace ${path}`, { help: `Run: sudo chown ${uid} ${quoted(folder)}` });
    if ((facts.mode & OTHERS_WRITE) !== 0 && (facts.mode & STICKY) === 0) throw new SallyportError("permission_denied", `${folder} can be written by every user, who could replace ${path}`, { help: `Run: chmod o-w ${quoted(folder)}` });
    if (dirname(folder) === folder) return;
  }
}

function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
