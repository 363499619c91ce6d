import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { makeReady } from "@sallyport/bench";

const run = promisify(execFile);
const EXAMPLES = "github.com/hashicorp/go-plugin/examples";

export const GO_PLUGIN = fileURLToPath(new URL("fixtures/go-plugin", import.meta.url));
export const KV = `${GO_PLUGIN}/build/kv`;
export const COUNTER = `${GO_PLUGIN}/build/counter`;

/** Builds go-plugin's own examples, without the network. Resolves to why that cannot be done here, or `undefined`. */
export const buildKv = (): Promise<string | undefined> => build(`${EXAMPLES}/grpc/plugin-go-grpc`, "kv");
export const buildCounter = (): Promise<string | undefined> => build(`${EXAMPLES}/bidirectional/plugin-go-grpc`, "counter");

async function build(program: string, output: string): Promise<string | undefined> {
  const env = { ...process.env, GOPROXY: "off", GOFLAGS: "-mod=readonly" };
  const tool = await makeReady({ folder: GO_PLUGIN, tool: ["go", "version"] });
  if (tool !== undefined) return tool;
  try {
    await run("go", ["list", "-deps", program], { cwd: GO_PLUGIN, env, maxBuffer: 1 << 24 });
  } catch {
    return "no modules of go-plugin on this machine (cd test/grpc/fixtures/go-plugin && go mod download)";
  }
  // The compiler's flags come before the package, and what is built comes last.
  return makeReady({ folder: GO_PLUGIN, tool: ["go", "version"], compile: ["sh", "-c", `GOPROXY=off GOFLAGS=-mod=readonly exec go build -o "$1" ${program}`, "sh"], output });
}
