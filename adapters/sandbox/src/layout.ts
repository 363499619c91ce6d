import { statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname } from "node:path";
import { networkOf, type Network } from "./network.js";
import type { Wish } from "./options.js";
import { permittedPaths } from "./permitted.js";
import { findProgram, type Program } from "./programs.js";
import { isOfSystem, real, systemPlaces, type Place } from "./system.js";

/** What a plugin sees of the machine, however that is brought about. */
export interface Layout {
  readonly read: readonly Place[];
  readonly write: readonly string[];
  /** Links at the root of the file system, such as /bin. */
  readonly links: readonly { readonly at: string; readonly to: string }[];
  /** Real files and folders whose programs it may start. */
  readonly exec: readonly string[];
  readonly network: Network;
  readonly program: Program;
  /** PATH. */
  readonly path: string;
}

const PATH = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
/** Where programs of the system are: what `run: ["*"]` means. */
const PROGRAMS = ["/usr", "/bin", "/sbin", "/lib", "/lib64", "/nix/store", "/gnu/store"];

/** Throws as `Sandbox.confine` does. */
export function layoutOf({ plugin, argv, cwd = "/", env, through = [], own, permissions, lent = {} }: Wish): Layout {
  const network = networkOf(plugin, permissions.net);
  const system = systemPlaces(network.kind !== "none");
  const path = env["PATH"] ?? PATH.join(":");
  const program = findProgram(plugin, argv[0] ?? "", cwd, path);
  const all = permissions.run?.includes("*") === true;
  const others = [...through, ...(permissions.run ?? [])].filter((name) => name !== "*").map((name) => findProgram(plugin, name, cwd, path));
  const started = [program, ...others];
  // A plugin's folder that is somebody's home, or holds one, is no folder of its own.
  const mine = own.filter((at) => !holdsHome(at)).flatMap((at): readonly Place[] => {
    const from = real(at);
    return from === undefined ? [] : [{ at, from }];
  });
  return {
    read: [
      ...system.places,
      ...started.flatMap(({ places }) => places),
      ...mine,
      ...permittedPaths(plugin, "read", [...(permissions.read ?? []), ...(lent.read ?? [])], cwd).map((at) => ({ at, from: at })),
    ],
    write: permittedPaths(plugin, "write", [...(permissions.write ?? []), ...(lent.write ?? [])], cwd),
    links: system.links,
    exec: [...new Set([...started.flatMap(({ exec }) => exec), ...mine.map(({ from }) => from), ...(all ? PROGRAMS.flatMap((folder) => real(folder) ?? []) : [])])],
    network,
    program,
    path: [...new Set([...[...started.flatMap(({ folders }) => folders), ...others.map(({ path: file }) => dirname(file))].filter((folder) => !isOfSystem(folder)), ...PATH])].join(":"),
  };
}

function holdsHome(folder: string): boolean {
  const home = real(homedir()) ?? homedir();
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true && (folder === "/" || folder === home || home.startsWith(`${folder}/`));
}
