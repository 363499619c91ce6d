import { CASES, formatReport, runConformance, type ConformanceOptions, type ConformanceReport } from "@sallyport/conformance";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

type Target = Pick<ConformanceOptions, "adapter" | "spec" | "waivers" | "parallel">;

/** Registers the suite for one target, a test a case. `prepare` may answer why the target cannot run on this machine. */
export function conformanceSuite(name: string, prepare: () => Promise<Target | string>): void {
  describe(`conformance of ${name}`, () => {
    let target: Target | string | undefined;
    let report: ConformanceReport | undefined;

    beforeAll(async () => {
      target = await prepare();
      if (typeof target !== "string") report = await runConformance(target);
    }, 300_000);

    afterAll(async () => {
      if (typeof target === "object") await target.adapter[Symbol.asyncDispose]();
    });

    for (const { id, title } of CASES) {
      it(`${id}: ${title}`, async (context) => {
        if (typeof target === "string") return context.skip(target);
        const result = report?.cases.find((each) => each.id === id);
        if (report === undefined || result === undefined) throw new Error(`the suite did not run ${id}`);
        // A waived case was run and failed as declared: this test shows that the waiver is true.
        if (result.outcome === "waived") await context.annotate(result.reason ?? "", "waived");
        expect(result.outcome, formatReport({ ...report, cases: [result] })).not.toBe("failed");
      });
    }
  });
}
