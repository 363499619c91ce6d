import { fileURLToPath } from "node:url";
import { goPlugin, grpc } from "@sallyport/adapter-grpc";
import { createKernel } from "@sallyport/kernel";
import { createSandbox } from "@sallyport/sandbox";
import { describe, expect, it } from "vitest";

const HOSTILE = fileURLToPath(new URL("fixtures/hostile", import.meta.url));
const never = new AbortController().signal;

it("a program that states no permission starts where there is no such profile, and its log says so", async () => {
  const logs: string[] = [];
  // A sandbox of another system.
  await using kernel = createKernel({ adapters: [grpc({ sandbox: { by: [process.platform === "darwin" ? "landlock" : "seatbelt"] } })], hooks: { log: ({ level, message }) => void logs.push(`${level} ${message}`) } });
  const { confinement } = await kernel.load({ path: HOSTILE, mode: "grpc", sandbox: "auto" });
  expect(await kernel.call("hostile.fine", {})).toBe("ok");
  expect(confinement?.profile).toBe("limits");
  expect(logs).toContainEqual(expect.stringContaining("warn this machine confines 'hostile' by profile 'limits' only"));
  await kernel.unload("hostile");
  await expect(kernel.load({ path: HOSTILE, mode: "grpc", sandbox: "auto", permissions: { read: ["/opt"] } })).rejects.toMatchObject({ code: "sandbox_unavailable" });
});

describe.each(["bubblewrap", "landlock"] as const)("a program that serves, strict by %s", (by) => {
  it("is reached on its socket, and what confines it is told without what its folder lets through", async (context) => {
    const options = { sandbox: { by: [by] } };
    const { profile, remedies } = await createSandbox(options.sandbox).enforcement(never);
    if (profile !== "strict") return context.skip(`no ${by} here: ${remedies.map(({ help }) => help).join(" ")}`);
    await using kernel = createKernel({ adapters: [grpc(options)] });
    const { confinement, unsafe } = await kernel.load({ path: HOSTILE, mode: "grpc", sandbox: "strict" });
    expect(await kernel.call("hostile.fine", {})).toBe("ok");
    expect(unsafe).toBe(false);
    expect(confinement).toMatchObject({ profile: "strict", guards: { network: expect.any(String), files: expect.any(String) } });
    for (const { guards } of [confinement, await grpc(options).enforcement?.(never), await goPlugin(options).enforcement?.(never)].filter((one) => one !== undefined)) expect(guards).not.toHaveProperty("diskMb");
  });
});
