import { lstatSync, readdirSync, readlinkSync, realpathSync } from "node:fs";
import { join } from "node:path";

/** Something that a plugin may read: where it finds it, and what it really is. */
export interface Place {
  readonly at: string;
  readonly from: string;
}

const FOLDERS = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store", "/gnu/store"];
/** Of /etc what runtimes need to start, and nothing that tells of users, hosts or keys. */
const ETC = ["ld.so.cache", "ld.so.conf", "ld.so.conf.d", "ld.so.preload", "alternatives", "localtime", "timezone", "locale.alias", "ssl/certs", "ssl/openssl.cnf", "ca-certificates", "pki/tls/certs", "pki/ca-trust", "crypto-policies", "perl", "fonts"];
/** Configuration of runtimes whose folder carries a version. */
const ETC_VERSIONED = /^(java|jvm|python)[-\d.]/;
const ETC_NETWORK = ["resolv.conf", "hosts", "nsswitch.conf", "gai.conf", "services", "protocols", "host.conf"];

/** What every program of the system needs, found new each time: packages come and go while a host runs. */
export function systemPlaces(network: boolean): { readonly places: readonly Place[]; readonly links: readonly { readonly at: string; readonly to: string }[] } {
  const places: Place[] = [];
  const links: { at: string; to: string }[] = [];
  for (const at of FOLDERS) {
    const stats = lstatSync(at, { throwIfNoEntry: false });
    if (stats?.isSymbolicLink() === true) links.push({ at, to: readlinkSync(at) });
    else if (stats?.isDirectory() === true) places.push({ at, from: at });
  }
  const versioned = list("/etc").filter((name) => ETC_VERSIONED.test(name));
  for (const name of [...ETC, ...versioned, ...(network ? ETC_NETWORK : [])]) {
    const at = join("/etc", name);
    const from = real(at);
    if (from !== undefined) places.push({ at, from });
  }
  return { places, links };
}

/** Part of the system's own folders, which every plugin sees. */
export function isOfSystem(path: string): boolean {
  return FOLDERS.some((folder) => path === folder || path.startsWith(`${folder}/`));
}

export function real(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch {
    return undefined;
  }
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
