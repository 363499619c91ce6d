import type { Enforcement, Guard } from "@sallyport/kernel";

/** What `usage` of a child tells where there is a /proc; the kernel's watch ends who is above a limit of these. */
const OF_A_TREE: readonly Guard[] = ["memoryMb", "cpuSeconds", "cpuPercent", "descriptors", "processes"];
const MEASURED = "measured about twice a second";

/** What the system keeps from a child, and what is measured of it and of all that descends from it. */
export function withMeasuring(system: Enforcement): Enforcement {
  if (process.platform !== "linux") return system;
  const measured = OF_A_TREE.map((guard): [Guard, string] => {
    const by = system.guards[guard];
    return [guard, by === undefined ? MEASURED : `${by}; ${MEASURED}`];
  });
  return { ...system, guards: { ...system.guards, ...Object.fromEntries(measured) } };
}
