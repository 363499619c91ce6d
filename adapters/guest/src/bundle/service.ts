import esbuild from "esbuild";

/** Builds under way. esbuild keeps one service process for the whole program, so its users are counted for the whole program too. */
const users = { count: 0 };

/**
 * Runs `build` and ends esbuild's service process after the last one, so that an idle host has no child left.
 * Rejects with the signal's reason when that comes first: a plugin can make esbuild read without end.
 */
export async function withService<T>(build: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  signal?.throwIfAborted();
  users.count++;
  let give = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    give = () => reject(signal?.reason as Error);
  });
  signal?.addEventListener("abort", give, { once: true });
  try {
    return await Promise.race([build(), aborted]);
  } finally {
    signal?.removeEventListener("abort", give);
    // It also ends a build that was given up and goes on in the service.
    if (--users.count === 0) await esbuild.stop();
  }
}
