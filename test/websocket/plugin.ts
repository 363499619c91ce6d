import { onTestFinished } from "vitest";
import { webSocket, type WebSocketOptions } from "@example/adapter-websocket";
import { createKernel, type Kernel, type PluginSpec } from "@sallyport/kernel";
import { folderOf } from "../guest/harness.js";

export const MANIFEST = { name: "demo", version: "1.0.0", needs: ["call:**", "publish:**", "subscribe:demo.poke"] };

/** A plugin's folder: a manifest that names the address. */
export function pluginAt(url: string, more: object = {}): string {
  const { hostname, port } = new URL(url);
  return folderOf({ "plugin.json": JSON.stringify({ ...MANIFEST, modes: { websocket: { url } }, permissions: { net: [`${hostname}:${port}`] }, ...more }) });
}

export function kernelOf(options?: WebSocketOptions): Kernel {
  const kernel = createKernel({ adapters: [webSocket(options)] });
  onTestFinished(() => kernel.close());
  return kernel;
}

/** What a config says of it. */
export function specOf(path: string, more: Partial<PluginSpec> = {}): PluginSpec {
  return { path, mode: "websocket", permissions: { net: ["*"] }, ...more };
}
