import { spawn, type ChildProcess, type ChildProcessWithoutNullStreams } from "node:child_process";
import { access, constants, stat } from "node:fs/promises";
import type { Socket } from "node:net";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import type { Readable, Writable } from "node:stream";
import { SallyportError } from "@sallyport/bus";
import { withOnlyPipes } from "./descriptors.js";
import { assertRunnable } from "./diagnose.js";
import type { Command } from "./options.js";

/** A child that was executed. Node makes sockets of its pipes, and types them as the streams that they also are. */
export interface Child extends ChildProcess {
  readonly pid: number;
  readonly stdin: Socket;
  readonly stdout: Socket;
  readonly stderr: Socket;
}

/** Whether a command can be started, without starting it. Rejects `spawn_failed` as the start would. */
export async function assertStartable({ argv, cwd, env, program: inner }: Command): Promise<void> {
  const name = inner ?? argv[0] ?? "";
  await assertProgram({ argv, cwd, ...(inner !== undefined && { program: inner }) });
  if (name.includes("/")) return assertThere(name, cwd);
  const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => isAbsolute(folder));
  for (const folder of folders) {
    const isThere = await access(join(folder, name), constants.X_OK).then(() => true, () => false);
    if (isThere) return;
  }
  throw new SallyportError("spawn_failed", `${name} does not exist on PATH`, { help: "Install it, or name another program.", data: { program: name, reason: "ENOENT" } });
}

/** What the system would not say, or not in words that help. */
async function assertProgram({ argv, cwd, program: inner }: Pick<Command, "argv" | "cwd" | "program">): Promise<void> {
  const [program] = argv;
  if (program === undefined || program === "") throw new SallyportError("spawn_failed", "there is no program to start: the command is empty");
  if (process.platform === "win32" && /\.(bat|cmd)$/i.test(program)) {
    throw new SallyportError("spawn_failed", `${program} is a batch file, which only a shell can run`, { help: 'Name the program it calls in "command".' });
  }
  if (inner?.includes("/") === true && inner !== program) await assertThere(inner, cwd);
  const file = inner ?? program;
  if (process.platform !== "win32" && file.includes("/")) await assertRunnable(resolve(cwd, file));
}

/**
 * Starts the program: own process group, pipes and nothing else inherited, no shell. Resolves when the system
 * has executed it. Rejects `spawn_failed` with the reason and a remedy.
 */
export async function startProcess(command: Command, signal: AbortSignal): Promise<Child> {
  const { argv: [program = "", ...args], cwd, env } = command;
  await assertProgram(command);
  signal.throwIfAborted();
  let child: ChildProcessWithoutNullStreams;
  try {
    child = withOnlyPipes(
      (stdio) => spawn(program, args, { cwd, env: { ...env }, stdio, shell: false, detached: process.platform !== "win32", windowsHide: true }) as ChildProcessWithoutNullStreams,
    );
  } catch (cause) {
    throw await spawnFailure(program, cwd, cause);
  }
  // Before anything else: with no descriptor left there is a child without streams, and its error ends a host that does not listen.
  const executed = new Promise<void>((resolve, reject) => {
    child.once("spawn", () => {
      child.off("error", reject);
      child.on("error", () => {});
      resolve();
    });
    child.once("error", reject);
  });
  // A stream without a listener turns EPIPE into the end of the host. These stay for the child's whole life.
  const streams: readonly (Readable | Writable | undefined)[] = [child.stdin, child.stdout, child.stderr];
  for (const stream of streams) stream?.on("error", () => {});
  await executed.catch(async (cause: unknown) => {
    for (const stream of streams) stream?.destroy();
    throw await spawnFailure(program, cwd, cause);
  });
  return child as unknown as Child;
}

/** What the system would say of a program, had it no launcher in front of it. */
async function assertThere(program: string, cwd: string): Promise<void> {
  const trouble = await pathTrouble(program, cwd);
  const cause = trouble ?? (await access(resolve(cwd, program), constants.X_OK).then(() => undefined, (error: unknown) => error));
  if (cause !== undefined) throw await spawnFailure(program, cwd, cause);
}

const REASONS: Readonly<Record<string, readonly [what: string, help: string]>> = {
  ENOENT: ["does not exist, or its interpreter does not", "Check the path and, for a script, the program in its first line (#!)."],
  EACCES: ["is not executable", "Run chmod +x on it, or name the program that runs it in the manifest's \"command\"."],
  EPERM: ["may not be executed by this user", "Check its owner, its mode, and whether the file system is mounted noexec."],
  ENOEXEC: ["is not in a format that this machine executes", "Build it for this machine; a script needs a first line such as #!/bin/sh."],
  EBADARCH: ["is built for another machine", "Build it for this machine."],
  ENOTDIR: ["has a path that leads through a file", "Check the path."],
  ELOOP: ["is a link that leads to itself", "Check the path."],
  E2BIG: ["was given too long a command line", "Send data in the plugin's config or in calls instead of arguments."],
  ETXTBSY: ["is being written at this moment", "Try again when the build is done."],
  EMFILE: ["cannot be started: this process has no file descriptor left", "Raise the limit (ulimit -n), or load fewer plugins."],
  EAGAIN: ["cannot be started: the system allows no further process", "Raise the limit (ulimit -u), or load fewer plugins."],
  ENOMEM: ["cannot be started: the system has no memory left", "Free memory, or load fewer plugins."],
  ERR_INVALID_ARG_VALUE: ["cannot be started: an argument or variable holds a NUL character", "Remove it."],
};

async function spawnFailure(program: string, cwd: string, cause: unknown): Promise<SallyportError> {
  const code = (cause as { code?: string }).code ?? "";
  const [what, help] = (await pathTrouble(program, cwd)) ?? REASONS[code] ?? [`could not be started (${code || String(cause)})`, "See the cause."];
  return new SallyportError("spawn_failed", `${program} ${what}`, { help, cause, data: { program, reason: code } });
}

/** The system reports a missing working directory and a directory as program in words that mislead. */
async function pathTrouble(program: string, cwd: string): Promise<readonly [string, string] | undefined> {
  const folder = await stat(cwd).catch(() => undefined);
  if (folder === undefined || !folder.isDirectory()) return [`cannot be started: its folder ${cwd} does not exist`, "Check the plugin's path."];
  if (!program.includes("/")) return undefined;
  const file = await stat(resolve(cwd, program)).catch(() => undefined);
  return file?.isDirectory() === true ? ["is a folder, not a program", "Name the program inside it, or add a plugin.json with an entry."] : undefined;
}
