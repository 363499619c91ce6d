import { closeSync, constants, fstatSync, lstatSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { SallyportError } from "@sallyport/bus";

const OTHERS = 0o077;
const OTHERS_WRITE = 0o022;
const STICKY = 0o1000;
/** Windows has neither; there the folder's own rights decide. */
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;
const NO_BLOCK = constants.O_NONBLOCK ?? 0;

/**
 * Refuses a folder in which another user could put a file in another's place. Stricter than for a config: the group
 * may not write either, since nobody but the host has to. Throws `permission_denied` with the command that mends it.
 */
function assertPrivateFolder(folder: string): void {
  const stats = failing(folder, "the folder", () => lstatSync(folder));
  if (!stats.isDirectory()) throw new SallyportError("invalid_argument", `${folder} is not a folder, or a link to one`, { path: folder, help: "Name a file in a folder of its own, by its real path." });
  const uid = process.getuid?.();
  if (uid === undefined) return;
  if (stats.uid !== uid && stats.uid !== 0) throw refusal(folder, `belongs to the user with id ${stats.uid}, not to the user with id ${uid} who runs the host`, `sudo chown ${uid} ${quoted(folder)}`);
  // In a sticky folder, such as /tmp, others cannot replace what is not theirs.
  if ((stats.mode & OTHERS_WRITE) !== 0 && (stats.mode & STICKY) === 0) throw refusal(folder, "can be written by other users, who could replace the files in it", `chmod go-w ${quoted(folder)}`);
}

/** Opens a file of this user's own, mode 0600, which is made where it is missing. Never through a link; never a pipe or a device. */
export function openPrivate(file: string, flags: number): number {
  assertPrivateFolder(dirname(file));
  const fd = failing(file, "the file", () => openSync(file, flags | NO_FOLLOW | NO_BLOCK, 0o600));
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw new SallyportError("invalid_argument", `${file} is not a file`, { path: file });
    if (stats.nlink > 1) throw new SallyportError("permission_denied", `${file} has another name, under which others may write it`, { path: file, help: "Remove the other link, or name another file." });
    const uid = process.getuid?.();
    if (uid !== undefined && stats.uid !== uid) throw refusal(file, `belongs to the user with id ${stats.uid}, not to the user with id ${uid} who runs the host`, `sudo chown ${uid} ${quoted(file)}`);
    if (uid !== undefined && (stats.mode & OTHERS) !== 0) throw refusal(file, "is open to other users", `chmod 600 ${quoted(file)}`);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function failing<T>(path: string, what: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === "ELOOP" || code === "EMLINK") throw new SallyportError("permission_denied", `${path} is a link, and is not followed`, { path, help: "Name the file itself." });
    if (code === "ENOENT") throw new SallyportError("not_found", `${what} ${path} does not exist`, { path, help: `Make the folder first: mkdir -m 700 -p ${quoted(dirname(path))}` });
    if (code === "EACCES" || code === "EPERM") throw new SallyportError("permission_denied", `${path} cannot be opened by this user`, { path, help: `Look at it with: ls -ld ${quoted(path)} ${quoted(dirname(path))}` });
    throw cause;
  }
}

function refusal(path: string, what: string, command: string): SallyportError {
  return new SallyportError("permission_denied", `${path} ${what}`, { help: `Run: ${command}`, path });
}

function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
