import { ffi } from "@sallyport/adapter-ffi";
import { goPlugin, grpc } from "@sallyport/adapter-grpc";
import { inline } from "@sallyport/adapter-inline";
import { lua } from "@sallyport/adapter-lua";
import { oneshot } from "@sallyport/adapter-oneshot";
import { process } from "@sallyport/adapter-process";
import { stdio } from "@sallyport/adapter-stdio";
import { wasi, wasm } from "@sallyport/adapter-wasm";
import { worker } from "@sallyport/adapter-worker";
import { jsonCodec, msgpackCodec } from "@sallyport/bus";
import { capnpCodec } from "@sallyport/capnp";
import type { Adapter } from "@sallyport/kernel";

/** The compile-time list of trusted plugins, by name in the config. */
export type InlinePlugins = Parameters<typeof inline>[0];

/** Whether a mode runs what the program itself imports, so that there is nothing for it to find at a path. */
export function isListed(mode: string | undefined, adapters: readonly Pick<Adapter, "mode" | "entries">[]): boolean {
  return adapters.some((adapter) => adapter.mode === mode && adapter.entries.includes("listed"));
}

/** Adapters that are let go together. */
export function holding(list: readonly Adapter[]): AsyncDisposable & { readonly list: readonly Adapter[] } {
  return {
    list,
    async [Symbol.asyncDispose]() {
      await Promise.all(list.map((adapter) => adapter[Symbol.asyncDispose]()));
    },
  };
}

/** `spares: 0` for commands that only look at plugins: nothing is started ahead of a load that never comes. */
export interface Ahead { readonly spares?: number }

/** Every isolation mode there is, in the order in which equals are preferred. None of them has started anything. */
export function allModes(listed: InlinePlugins = {}, ahead: Ahead = {}): readonly Adapter[] {
  return [
    process(ahead),
    worker(ahead),
    wasm(ahead),
    wasi(ahead),
    lua(ahead),
    stdio({ codecs: [jsonCodec, msgpackCodec, capnpCodec] }),
    oneshot(),
    grpc(),
    goPlugin(),
    ffi(),
    ffi({ inHost: true }),
    inline(listed),
  ];
}
