import { isSallyportError, SallyportError, type CancelReason } from "@sallyport/bus";
import type { Conversion } from "../api.js";
import type { Entry } from "../registry.js";
import type { Route, RouteSink, Running } from "../running.js";
import type { Earlier } from "./link.js";
import type { Notices } from "./notices.js";

/** Passes a call on to another major: params there, result and items back, and a word about it to who made it. */
export function passOn<P extends { readonly name: string }>({ target, convert, notice }: Earlier<P>, route: Route, sink: RouteSink, notices: Notices, begin: (entry: Entry<P>, route: Route, sink: RouteSink) => Running): Running {
  route.warn?.warn(notices.about(notice, target.provider.name, route.caller));
  if (convert === undefined) return begin(target, route, sink);
  const method = target.info.name;
  const { interfaceName, major, current } = notice;
  const step = (what: keyof Conversion, value: unknown): unknown => {
    const change = convert[what];
    if (change === undefined) return value;
    try {
      return change.call(convert, method, value);
    } catch (error) {
      if (isSallyportError(error)) throw error;
      throw new SallyportError("internal", `the host could not convert the ${what} of ${method} between ${interfaceName} ${major} and ${current}`, { method, source: "host", path: what, cause: error, help: "Mend the conversion that the kernel was made with." });
    }
  };
  const inner: RouteSink = {
    resolve(value) {
      let result: unknown;
      try {
        result = step("result", value);
      } catch (error) {
        return sink.reject(error as SallyportError);
      }
      sink.resolve(result);
    },
    reject: (error) => sink.reject(error),
  };
  const running = begin(target, { ...route, params: step("params", route.params) }, inner);
  return convert.item === undefined ? running : converted(running, (item) => step("item", item));
}

/** The same call, its items changed; one that cannot be is the end of it. */
function converted(running: Running, change: (item: unknown) => unknown): Running {
  return {
    cancel: (why: CancelReason) => running.cancel(why),
    get output() {
      const { output } = running;
      const items: AsyncIterableIterator<unknown> = {
        async next() {
          const step = await output.next();
          if (step.done === true) return step;
          try {
            return { done: false, value: change(step.value) };
          } catch (error) {
            await output.return?.();
            throw error;
          }
        },
        return: async () => (await output.return?.()) ?? { done: true, value: undefined },
        [Symbol.asyncIterator]: () => items,
      };
      return items;
    },
  };
}
