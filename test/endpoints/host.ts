import { spawn, type ChildProcess, type SpawnOptions } from "node:child_process";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { tree } from "./census.js";

const HOST = fileURLToPath(new URL("fixtures/host.mjs", import.meta.url));

export interface RunningHost {
  readonly pid: number;
  /** `pid 4711` of each plugin by its name. */
  readonly labels: ReadonlyMap<string, string>;
  readonly stderr: () => string;
  /** Calls each plugin once more. */
  work(): Promise<void>;
  close(): Promise<number | null>;
}

/** A host of its own process with a plugin in each of `modes`; its whole tree is ended when the test is over. */
export async function startHost(modes: readonly string[], options: SpawnOptions & { nodeArgs?: readonly string[] } = {}): Promise<RunningHost> {
  const { nodeArgs = [], ...rest } = options;
  const child: ChildProcess = spawn(process.execPath, [...nodeArgs, HOST, ...modes], { ...rest, stdio: ["pipe", "pipe", "pipe"] });
  const pid = child.pid as number;
  onTestFinished(() => {
    for (const each of tree(pid).reverse()) {
      try {
        process.kill(each, "SIGKILL");
      } catch {
        // It has ended by itself.
      }
    }
  });
  let stderr = "";
  child.stderr?.on("data", (data) => (stderr += String(data)));
  const gone = new Promise<number | null>((resolve) => child.once("exit", resolve));
  let unread = "";
  const waiting: ((line: string) => void)[] = [];
  child.stdout?.on("data", (data) => {
    const lines = (unread + String(data)).split("\n");
    unread = lines.pop() as string;
    for (const line of lines) waiting.shift()?.(line);
  });
  const line = (): Promise<string> => Promise.race([new Promise<string>((resolve) => waiting.push(resolve)), gone.then((code) => Promise.reject(new Error(`the host ended with ${code}: ${stderr}`)))]);
  const { labels } = JSON.parse(await line()) as { labels: [string, string][] };
  return {
    pid, labels: new Map(labels), stderr: () => stderr,
    async work() {
      const next = line();
      child.stdin?.write("\n");
      await next;
    },
    async close() {
      child.stdin?.end();
      return gone;
    },
  };
}
