import { Session } from "node:inspector";

/** What of our own code has run, as V8 counts it block by block: each block with the order of magnitude of its count is a feature. */
export interface Coverage extends Disposable {
  /** Features of everything that ran since the last look. */
  take(): Set<string>;
}

interface Range { readonly startOffset: number; readonly endOffset: number; readonly count: number }
interface Taken { readonly result: readonly { readonly scriptId: string; readonly url: string; readonly functions: readonly { readonly ranges: readonly Range[] }[] }[] }

/** Of scripts whose address matches. In-process: the session answers before `post` returns. */
export function startCoverage(ours: RegExp): Coverage {
  const session = new Session();
  session.connect();
  const post = <T>(method: string, params?: object): T => {
    let answer: T | undefined;
    session.post(method, params ?? {}, (error, result) => {
      if (error) throw error;
      answer = result as T;
    });
    return answer as T;
  };
  post("Profiler.enable");
  post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  const names = new Map<string, string>();
  return {
    take() {
      const features = new Set<string>();
      for (const { scriptId, url, functions } of post<Taken>("Profiler.takePreciseCoverage").result) {
        if (!ours.test(url)) continue;
        if (!names.has(scriptId)) names.set(scriptId, url.replace(/^.*\/(?=[^/]+\/dist\/)/, ""));
        for (const { ranges } of functions) {
          for (const { startOffset, endOffset, count } of ranges) {
            if (count > 0) features.add(`${names.get(scriptId)}:${startOffset}-${endOffset}:${Math.min(8, Math.floor(Math.log2(count)))}`);
          }
        }
      }
      return features;
    },
    [Symbol.dispose]() {
      post("Profiler.stopPreciseCoverage");
      session.disconnect();
    },
  };
}

/** Blocks, whatever their count. */
export function blocksOf(features: Iterable<string>): Set<string> {
  return new Set([...features].map((feature) => feature.slice(0, feature.lastIndexOf(":"))));
}
