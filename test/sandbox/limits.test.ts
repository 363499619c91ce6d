import { describe, expect, test } from "vitest";
import { drill, failure, WAYS, type DrillOptions } from "./harness.js";

const PROFILES: readonly { readonly name: string; readonly missing: string | undefined; readonly options: DrillOptions }[] = [
  ...WAYS.map(({ by, missing }) => ({ name: `strict by ${by}`, missing, options: { by } })),
  { name: "limits", missing: process.platform === "win32" ? "Windows has no resource limits" : undefined, options: { sandbox: "limits" } },
];

for (const { name, missing, options } of PROFILES) {
  describe(`the limits of profile ${name}`, () => {
    test("memory ends where its room ends, and says so", async (context) => {
      if (missing !== undefined) return context.skip(missing);
      const { try: attempt } = await drill({ ...options, limits: { memoryMb: 64 } });
      // All at once: before anybody can have looked.
      const error = await failure(attempt("burst", { mb: 4096 }));
      expect(error).toMatchObject({ code: "memory_limit", crash: { oom: true, profile: name.split(" ")[0] } });
    });

    test("memory that grows ends too, whoever sees it first", async (context) => {
      if (missing !== undefined) return context.skip(missing);
      const { try: attempt } = await drill({ ...options, limits: { memoryMb: 64 } });
      expect(await failure(attempt("memory", { mostMb: 4096 }))).toMatchObject({ code: "memory_limit" });
    });

    test("CPU time ends with its code", async (context) => {
      if (missing !== undefined) return context.skip(missing);
      const { try: attempt } = await drill({ ...options, limits: { cpuSeconds: 1 } });
      expect(await failure(attempt("spin"))).toMatchObject({ code: "cpu_limit" });
    });

    test("descriptors and files have their bounds", async (context) => {
      if (missing !== undefined) return context.skip(missing);
      const { try: attempt } = await drill({ ...options, limits: { descriptors: 64, fileMb: 4, diskMb: 64 } });
      const { opened, why } = await attempt<{ opened: number; why: string }>("descriptors");
      expect(why).toBe("EMFILE");
      expect(opened).toBeLessThan(64);
      // Python ignores the signal, and is told.
      if (name !== "limits") expect(await attempt("fill", { mostMb: 64, eachMb: 32 })).toMatchObject({ why: "EFBIG", writtenMb: 4 });
    });

    test("a temporary folder and shared memory of its own have a size", async (context) => {
      if (missing !== undefined) return context.skip(missing);
      const { info, try: attempt } = await drill({ ...options, limits: { diskMb: 8 } });
      if (info.confinement?.guards.diskMb === undefined) return;
      for (const where of ["fill", "shared"]) expect(await attempt(where, { mostMb: 64, eachMb: 4 })).toMatchObject({ why: "ENOSPC", writtenMb: 8 });
    });

    test("processes are bounded where the system counts them", async (context) => {
      if (missing !== undefined) return context.skip(missing);
      const { info, try: attempt } = await drill({ ...options, limits: { processes: 16 } });
      if (info.confinement?.guards.processes?.startsWith("RLIMIT") !== true) return;
      expect(await attempt("forks", { most: 64 })).toMatchObject({ why: "EAGAIN", made: expect.toSatisfy((made: number) => made < 16) });
    });
  });
}
