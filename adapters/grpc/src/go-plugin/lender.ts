import type { Limits } from "@sallyport/bus";
import { answer } from "../answer.js";
import type { Callbacks } from "../callbacks.js";
import { filled, type Lend } from "../lend.js";
import type { RpcServer } from "../rpc/server.js";
import type { Broker } from "./broker.js";

export interface LenderOptions {
  readonly callbacks: Callbacks;
  readonly server: RpcServer;
  /** Where the sockets are; the plugin can reach it. */
  readonly folder: string;
  readonly limits: Limits;
  /** There from the moment that the first call can come. */
  broker(): Broker;
}

/** What go-plugin's broker forgets when nobody has asked for it in five seconds; and some time for it to be forgotten. */
const FORGOTTEN_MS = 5500;
/** After a connection: the plugin may want another one by the same id. It waits for five seconds at most. */
const AGAIN_MS = 1000;

/**
 * A socket for each call and each field, whose number the request carries: by where the plugin comes in it is known which call
 * it serves. It ends with that call.
 */
export function createLender({ callbacks, server, folder, limits, broker }: LenderOptions): Lend {
  let last = 0;
  const live = new Set<number>();
  const nextId = (): number => {
    do last = last >= 0xffffffff ? 1 : last + 1;
    while (live.has(last));
    live.add(last);
    return last;
  };
  return (method, call, lasting) => {
    const wanted = callbacks.get(method.request.name);
    if (wanted === undefined) return undefined;
    const undo: (() => void)[] = [];
    const release = (): void => {
      for (const step of undo.splice(0)) step();
    };
    return (async () => {
      const ids = new Map<string, number>();
      try {
        for (const callback of wanted) {
          const id = nextId();
          if (!lasting) undo.push(() => void live.delete(id));
          const address = `${folder}/${id}`;
          const news = createNews(() => broker().announce(id, address));
          const door = await server.open(address, (served) => answer(served, callback, call, limits), () => news.usedUp());
          // One that lasts is closed with the server.
          if (!lasting) undo.push(() => door.close());
          undo.push(() => news.stop());
          news.tell();
          ids.set(callback.field, id);
        }
      } catch (error) {
        release();
        throw error;
      }
      return { fill: (request: unknown, path: string) => filled(request, path, ids), release };
    })();
  };
}

/** What the plugin is told, for as long as it may ask. */
interface News {
  tell(): void;
  usedUp(): void;
  stop(): void;
}

/**
 * Says it at once, and again whenever the plugin has forgotten it or used it up. Not before: what is said twice is forgotten
 * twice, the second time under the feet of whoever asks for it just then.
 */
function createNews(say: () => void): News {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const after = (ms: number): void => {
    clearTimeout(timer);
    if (stopped) return;
    timer = setTimeout(() => {
      try {
        news.tell();
      } catch {
        // Nobody listens any more; the call itself tells its caller why.
      }
    }, ms).unref();
  };
  const news: News = {
    tell() {
      say();
      after(FORGOTTEN_MS);
    },
    usedUp: () => after(AGAIN_MS),
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
  return news;
}
