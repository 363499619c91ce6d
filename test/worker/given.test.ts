import { worker } from "@sallyport/adapter-worker";
import { inline } from "@sallyport/adapter-inline";
import { createKernel, type Kernel } from "@sallyport/kernel";
import { expect, onTestFinished, test } from "vitest";
import { folderOf } from "../guest/harness.js";

async function kernelWith(): Promise<Kernel> {
  const kernel = createKernel({ adapters: [worker(), inline({ listed: { methods: { "listed.size": (bytes: Uint8Array) => bytes.length } } })] });
  onTestFinished(() => kernel.close());
  const path = folderOf({ "index.js": `export default { methods: { "a.sum": (bytes) => bytes.reduce((sum, byte) => sum + byte, 0), "a.back": (bytes) => bytes } };` });
  await kernel.load({ path, name: "a", mode: "worker", trust: "reviewed" });
  await kernel.load({ path: "listed", mode: "inline", trust: "trusted" });
  return kernel;
}

const LARGE = 100_000;
const ones = (): Uint8Array => new Uint8Array(LARGE).fill(1);

test("a buffer that is given away is empty afterwards, and arrives whole", async () => {
  const kernel = await kernelWith();
  const bytes = ones();
  expect(await kernel.call("a.sum", bytes, { transfer: true })).toBe(LARGE);
  expect(bytes.length).toBe(0);
});

test("one that is not stays the caller's", async () => {
  const kernel = await kernelWith();
  const bytes = ones();
  expect(await kernel.call("a.back", bytes)).toEqual(bytes);
  expect(bytes.length).toBe(LARGE);
});

test("what cannot be moved is copied: a part of a buffer, few bytes, and every mode that moves nothing", async () => {
  const kernel = await kernelWith();
  const part = ones().subarray(1);
  const few = new Uint8Array(100).fill(1);
  expect(await kernel.call("a.sum", part, { transfer: true })).toBe(LARGE - 1);
  expect(await kernel.call("a.sum", few, { transfer: true })).toBe(100);
  expect([part.length, few.length]).toEqual([LARGE - 1, 100]);
  const kept = ones();
  expect(await kernel.call("listed.size", kept, { transfer: true })).toBe(LARGE);
  expect(kept.length).toBe(LARGE);
});

test("a call that is refused leaves the buffer where it is", async () => {
  const kernel = await kernelWith();
  const bytes = new Uint8Array(2 << 20);
  await expect(kernel.call("a.sum", bytes, { transfer: true })).rejects.toMatchObject({ code: "frame_too_large" });
  await expect(kernel.call("a.none", bytes, { transfer: true })).rejects.toMatchObject({ code: "unimplemented" });
  expect(bytes.length).toBe(2 << 20);
});
