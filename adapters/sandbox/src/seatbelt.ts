/** What a profile of macOS's sandbox opens. Absolute, real paths: it compares those. */
export interface SeatbeltRules {
  readonly read: readonly string[];
  readonly write: readonly string[];
  readonly exec: readonly string[];
  /** Ports that it may connect to; `undefined`: none; empty: all. */
  readonly ports: readonly number[] | undefined;
}

/** What the loader and every runtime need before their first line. */
const SYSTEM = ["/usr/lib", "/usr/share", "/System", "/Library/Apple", "/private/var/db/dyld", "/private/var/db/timezone", "/dev/null", "/dev/zero", "/dev/random", "/dev/urandom"];

/** The text for `sandbox-exec -p`. Everything that it does not name is denied. Has never been run on such a machine. */
export function seatbeltProfile({ read, write, exec, ports }: SeatbeltRules): string {
  return [
    "(version 1)",
    "(deny default)",
    "(allow process-fork)",
    "(allow sysctl-read)",
    // The folders on the way to what is open, by name and kind alone.
    "(allow file-read-metadata)",
    rule("file-read*", [...SYSTEM, ...read, ...write, ...exec]),
    rule("file-map-executable", [...SYSTEM, ...read, ...exec]),
    rule("file-write*", ["/dev/null", ...write]),
    rule("process-exec", exec),
    // Signals, ports and inspection of anything but itself stay denied.
    "(allow signal (target self))",
    ...(ports === undefined ? [] : ports.length === 0 ? ["(allow network-outbound)"] : ports.map((port) => `(allow network-outbound (remote tcp "*:${port}"))`)),
  ].filter((line) => line !== "").join("\n");
}

function rule(operation: string, paths: readonly string[]): string {
  const unique = [...new Set(paths)];
  return unique.length === 0 ? "" : `(allow ${operation} ${unique.map((path) => `(subpath ${quoted(path)})`).join(" ")})`;
}

function quoted(path: string): string {
  return `"${path.replace(/["\\]/g, (character) => `\\${character}`)}"`;
}
