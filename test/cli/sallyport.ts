import { spawn } from "node:child_process";
import { chmod, mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished, vi } from "vitest";

const BIN = fileURLToPath(new URL("../../cli/bin/sallyport.js", import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Stop reading stdout after so many characters. */
  readonly closeStdoutAfter?: number;
  /** A signal to send, once, when stderr holds this text, or when this holds. */
  readonly interrupt?: { readonly when: string | (() => boolean); readonly signal: NodeJS.Signals };
}

/** Runs the real command line as a child process; ended with the test at the latest. */
export async function sallyport(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const child = spawn(process.execPath, [BIN, ...args], { cwd: options.cwd ?? tmpdir(), env: { ...process.env, ...options.env }, stdio: "pipe" });
  onTestFinished(() => {
    clearInterval(polling);
    child.kill("SIGKILL");
  });
  let stdout = "";
  let stderr = "";
  let { interrupt } = options;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    if (stdout.length > (options.closeStdoutAfter ?? Infinity)) child.stdout.destroy();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    poll();
  });
  const poll = (): void => {
    if (interrupt === undefined || !(typeof interrupt.when === "string" ? stderr.includes(interrupt.when) : interrupt.when())) return;
    child.kill(interrupt.signal);
    interrupt = undefined;
  };
  const polling = setInterval(poll, 20);
  child.stdin.on("error", () => {});
  child.stdin.end(options.stdin ?? "");
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** As `sallyport`, in this process: for commands that start nothing and are tried in many ways, since most of a start is Node's. */
export async function sallyportHere(args: readonly string[], { cwd = tmpdir() }: Pick<RunOptions, "cwd"> = {}): Promise<Ran> {
  const { main } = (await import(new URL("../../cli/dist/main.js", import.meta.url).href)) as { readonly main: (args: readonly string[]) => Promise<number> };
  const before = process.cwd();
  let stdout = "";
  let stderr = "";
  const out = vi.spyOn(process.stdout, "write").mockImplementation((text) => (stdout += String(text)) !== "");
  const err = vi.spyOn(process.stderr, "write").mockImplementation((text) => (stderr += String(text)) !== "");
  try {
    process.chdir(cwd);
    const code = await main(args);
    return { code, signal: null, stdout, stderr };
  } finally {
    process.chdir(before);
    out.mockRestore();
    err.mockRestore();
  }
}

/** A folder with these files (objects as JSON), gone after the test. */
export async function folder(files: Readonly<Record<string, unknown>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "sallyport-cli-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    const file = join(root, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, typeof content === "string" ? content : JSON.stringify(content));
    await chmod(file, 0o644);
  }
  return root;
}

export function fixture(name: string): string {
  return fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));
}

/** A config with the talker, as most tests want it. */
export function talking(extra: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { plugins: { talker: { path: fixture("talker"), ...extra } } };
}
