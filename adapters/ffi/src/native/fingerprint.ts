import os from "node:os";
import process from "node:process";
import { Refused } from "../refusal.js";

/** As `SALLYPORT_FINGERPRINT` of sallyport.h spells it: `gcc 12.2 x86_64 sysv le 64`. */
const FINGERPRINT = /^(\S+ \S+) (\S+) (sysv|win) (le|be) (32|64)$/;

const MACHINES: Readonly<Record<string, string>> = { x64: "x86_64", arm64: "aarch64", ia32: "i386", arm: "arm", riscv64: "riscv", ppc64: "ppc64", s390x: "s390x", loong64: "loongarch" };

/** What a library must have been built for to be called from this process. */
function machineHere(): string {
  const width = ["ia32", "arm"].includes(process.arch) ? 32 : 64;
  return [MACHINES[process.arch] ?? process.arch, process.platform === "win32" ? "win" : "sysv", os.endianness().toLowerCase(), width].join(" ");
}

/** Throws for a library of another machine, and for another build than the manifest states. */
export function assertFingerprint(found: string | null, stated: string | undefined): void {
  const [, , ...machine] = FINGERPRINT.exec(found ?? "") ?? [];
  const shown = JSON.stringify(found?.slice(0, 100) ?? null);
  if (machine.length === 0) throw new Refused("bad_handshake", `its fingerprint is ${shown}`, 'Return SALLYPORT_FINGERPRINT of sallyport.h from sallyport_fingerprint: "COMPILER VERSION MACHINE CONVENTION ORDER WIDTH".');
  if (machine.join(" ") !== machineHere()) throw new Refused("spawn_failed", `it is built for ${machine.join(" ")}, and this process is ${machineHere()}`, `Build it for ${process.platform} ${process.arch}.`);
  if (stated !== undefined && stated !== found) {
    throw new Refused("manifest_mismatch", `its fingerprint is ${shown}, and the manifest states ${JSON.stringify(stated)}`, "The library was built again or replaced: look at what was changed, then state its fingerprint in modes.ffi.fingerprint, or leave that out.");
  }
}
