import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createHost } from "sallyport";
import { describe, expect, it } from "vitest";
import { transformWithEsbuild } from "vite";
import { buildLanguage, LANGUAGES } from "../languages/build.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const readme = await readFile(join(root, "README.md"), "utf8");

/** The fenced blocks of one language, in order. */
function blocks(language: string): string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map((match) => match[1] as string);
}

function run(program: string, args: readonly string[], input = ""): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(program, [...args], { cwd: root }, (error, stdout, stderr) => resolve({ code: error === null ? 0 : typeof error.code === "number" ? error.code : 1, stdout, stderr }));
    child.stdin?.end(input);
  });
}

const missing = async (): Promise<string | undefined> => {
  for (const language of LANGUAGES) if (language.name === "python") return buildLanguage(language);
  throw new Error("no python among the languages");
};

describe("README.md", () => {
  it("shows a program that prints what its comments say", async (context) => {
    const skip = await missing();
    if (skip !== undefined) return context.skip(skip);
    const source = blocks("ts")[0] as string;
    const expected = source.split("\n").filter((line) => line.includes("console.log(")).map((line) => line.slice(line.lastIndexOf("// ") + 3));
    const { code } = await transformWithEsbuild(source, "readme.ts", { target: "es2022", tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } } });
    const result = await run(process.execPath, ["--input-type=module", "-"], code);
    expect(result.stderr).toBe("");
    expect(result.stdout.trim().split(/\s+/)).toEqual(expected.join(" ").split(/\s+/));
  });

  it("shows a plugin and a config line that work", async () => {
    const folder = await mkdtemp(join(tmpdir(), "sallyport-readme-"));
    try {
      await writeFile(join(folder, "fx.js"), blocks("js")[0] as string);
      await writeFile(join(folder, "upper.py"), "#!/usr/bin/env python3\n");
      const config = JSON.parse(blocks("json")[0] as string) as { plugins: { fx: object; upper: string } };
      expect(config.plugins.upper).toBe("./upper.py");
      const host = await createHost({ plugins: { fx: { ...config.plugins.fx, path: "./fx.js" } } }, { base: folder, provide: { "rates.lookup": async () => 2 } });
      try {
        await expect(host.call("fx.convert", { amount: 3, pair: "EURCHF" })).resolves.toEqual({ amount: 6 });
        const days: unknown[] = [];
        for await (const day of host.stream("fx.history", { days: 2 })) days.push(day);
        expect(days).toEqual([{ day: 0 }, { day: 1 }]);
      } finally {
        await host.close();
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("shows commands that work", async (context) => {
    const skip = await missing();
    if (skip !== undefined) return context.skip(skip);
    const commands = blocks("sh").flatMap((block) => block.split("\n")).filter((line) => line.startsWith("npx sallyport"));
    expect(commands.length).toBeGreaterThan(1);
    for (const command of commands) {
      const result = await run("sh", ["-c", command.replace(/^npx sallyport/, `"${process.execPath}" cli/bin/sallyport.js`)]);
      expect(result, command).toMatchObject({ code: 0 });
    }
  });

  it("sends authors to a page whose five minutes work", async () => {
    const page = await readFile(join(root, "plugins/sdk/README.md"), "utf8");
    const file = (name: string): string => new RegExp(`^\`${name}\`\n\`\`\`\\w+\n([\\s\\S]*?)^\`\`\`$`, "m").exec(page)?.[1] ?? "";
    const folder = await mkdtemp(join(tmpdir(), "sallyport-sdk-"));
    try {
      await mkdir(join(folder, "plugins/fx"), { recursive: true });
      for (const name of ["plugins/fx/plugin.json", "plugins/fx/index.js", "sallyport.json"]) await writeFile(join(folder, name), file(name));
      const command = /^npx sallyport (.*)$/m.exec(page)?.[1] ?? "";
      const result = await run("sh", ["-c", `"${process.execPath}" "${join(root, "cli/bin/sallyport.js")}" ${command} --config "${join(folder, "sallyport.json")}"`]);
      expect(result).toMatchObject({ code: 0, stdout: '{"day":1}\n{"day":2}\n{"day":3}\n' });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("has the tables of modes that the adapters' traits and the saved figures say", async () => {
    const result = await run(process.execPath, ["scripts/docs.mjs", "--check"]);
    expect(result.stderr).toBe("");
    expect(result.code).toBe(0);
  });
});
