import esbuild from "esbuild";

/** Builds under way. esbuild keeps one service process for the whole program, so its users are counted for the whole program too. */
const users = { count: 0 };

/** Runs `build` and ends esbuild's service process after the last one, so that an idle host has no child left. */
export async function withService<T>(build: () => Promise<T>): Promise<T> {
  users.count++;
  try {
    return await build();
  } finally {
    if (--users.count === 0) await esbuild.stop();
  }
}
