import { randomBytes } from "node:crypto";
import { SallyportError } from "@sallyport/bus";

/** Names for things that host methods keep for a plugin's instance. A name works for the one that got it, as long as it lives. */
export interface Handles {
  /** From now on the instance may hold handles. */
  open(instance: string): void;
  /** Returns the handle. Throws `resource_exhausted`; `cancelled` if the instance has ended, having disposed of the resource. */
  keep(instance: string, resource: unknown, dispose: Dispose | undefined): string;
  /** Throws `not_found`, in the same words whatever the reason. */
  find(instance: string, handle: unknown): unknown;
  release(instance: string, handle: unknown): void;
  /** Disposes of all that the instance holds. */
  close(instance: string): void;
  readonly size: number;
}

export type Dispose = (resource: never) => unknown;

interface Held { readonly resource: unknown; readonly dispose: Dispose | undefined }

/** Of one instance. */
const MOST_HANDLES = 1024;
const HANDLE_BYTES = 18;

/** `failed`: a resource could not be disposed of; nobody else is told. */
export function createHandles(failed: (error: unknown) => void): Handles {
  const owners = new Map<string, Map<string, Held>>();

  function end({ resource, dispose }: Held): void {
    try {
      const ended = dispose?.(resource as never);
      if (ended instanceof Promise) ended.catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  return {
    open: (instance) => void owners.set(instance, new Map()),
    keep(instance, resource, dispose) {
      const held = owners.get(instance);
      if (held === undefined) {
        end({ resource, dispose });
        throw new SallyportError("cancelled", "the instance that the handle is for has ended", { source: "host" });
      }
      if (held.size >= MOST_HANDLES) {
        end({ resource, dispose });
        throw new SallyportError("resource_exhausted", `an instance holds at most ${MOST_HANDLES} handles`, { source: "host", help: "Release handles that are done with." });
      }
      const handle = randomBytes(HANDLE_BYTES).toString("base64url");
      held.set(handle, { resource, dispose });
      return handle;
    },
    find(instance, handle) {
      const held = typeof handle === "string" ? owners.get(instance)?.get(handle) : undefined;
      if (held === undefined) throw new SallyportError("not_found", "there is no such handle", { path: "handle", source: "host", help: "Ask for a new one: a handle belongs to the plugin that got it, and ends with its instance." });
      return held.resource;
    },
    release(instance, handle) {
      const mine = owners.get(instance);
      const held = typeof handle === "string" ? mine?.get(handle) : undefined;
      if (held === undefined) return;
      mine?.delete(handle as string);
      end(held);
    },
    close(instance) {
      const mine = owners.get(instance);
      owners.delete(instance);
      for (const held of mine?.values() ?? []) end(held);
    },
    get size() {
      let size = 0;
      for (const held of owners.values()) size += held.size;
      return size;
    },
  };
}
