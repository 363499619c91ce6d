import { dirname } from "node:path";
import { SallyportError } from "@sallyport/bus";
import { stat } from "./files.js";

const OTHERS_WRITE = 0o002;
const STICKY = 0o1000;

/**
 * Refuses a file that another user could replace or rewrite: what it says would run with this user's rights.
 * Group-writable passes, since many systems give every user a group of their own. POSIX only; elsewhere it
 * checks nothing. Throws `permission_denied` with the command that mends it.
 */
export async function assertOwnFile(file: string): Promise<void> {
  const uid = process.getuid?.();
  if (uid === undefined) return;
  const folder = dirname(file);
  const [own, parent] = await Promise.all([stat(file), stat(folder)]);
  for (const [path, stats] of [[file, own], [folder, parent]] as const) {
    if (stats.uid !== uid && stats.uid !== 0) {
      throw refusal(path, `belongs to the user with id ${stats.uid}, not to the user with id ${uid} who runs the host`, `sudo chown ${uid} ${quoted(path)}`);
    }
  }
  if ((own.mode & OTHERS_WRITE) !== 0) throw refusal(file, "can be written by every user", `chmod o-w ${quoted(file)}`);
  // In a sticky folder, such as /tmp, others cannot replace what is not theirs.
  if ((parent.mode & OTHERS_WRITE) !== 0 && (parent.mode & STICKY) === 0) {
    throw refusal(folder, `can be written by every user, who could replace ${file}`, `chmod o-w ${quoted(folder)}`);
  }
}

function refusal(path: string, what: string, command: string): SallyportError {
  return new SallyportError("permission_denied", `${path} ${what}`, { help: `Run: ${command}`, path });
}

function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
