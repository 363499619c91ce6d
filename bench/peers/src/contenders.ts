/** One row: a file in `contenders/` of the same name, or what the benchmark of the modes calls so. */
export interface Entry {
  readonly name: string;
  /** Installed here, first the one whose version is shown. Empty: a subject of the benchmark of the modes. */
  readonly packages: readonly string[];
  /** What crosses which boundary, for the reader of the table. */
  readonly how: string;
  /** Sallyport itself. */
  readonly ours?: boolean;
  /** More calls at once than that are not tried. */
  readonly mostInFlight?: number;
  /** Flags of Node that its own documentation asks for. */
  readonly nodeFlags?: readonly string[];
}

/** What all others are compared with, in every run. */
export const REFERENCES = ["port", "worker"] as const;

export const CONTENDERS: readonly Entry[] = [
  { name: "port", packages: [], how: "raw MessagePort to a thread: no errors, no deadline" },
  { name: "worker", ours: true, packages: [], how: "Sallyport: hardened JavaScript in a thread, through a kernel" },
  { name: "process", ours: true, packages: [], how: "Sallyport: hardened JavaScript in a process, through a kernel" },
  { name: "c", ours: true, packages: [], how: "Sallyport: a C program over pipes, through a kernel" },
  { name: "fork-json", packages: [], how: "child_process.fork, JSON" },
  { name: "fork-advanced", packages: [], how: "child_process.fork, structured clone" },
  { name: "piscina", packages: ["piscina"], how: "thread pool, defaults" },
  { name: "piscina-64", packages: ["piscina"], how: "thread pool, 64 tasks per thread, atomics async" },
  { name: "tinypool", packages: ["tinypool"], how: "thread pool, defaults" },
  { name: "workerpool", packages: ["workerpool"], how: "thread pool, defaults" },
  { name: "threads", packages: ["threads"], how: "one thread" },
  { name: "comlink", packages: ["comlink"], how: "one thread" },
  { name: "capnweb", packages: ["capnweb"], how: "MessagePort to a thread" },
  { name: "vscode-jsonrpc", packages: ["vscode-jsonrpc"], how: "a child's stdio" },
  { name: "mcp-sdk", packages: ["@modelcontextprotocol/client", "@modelcontextprotocol/server", "zod"], how: "a tool over a child's stdio" },
  { name: "grpc", packages: ["@grpc/grpc-js", "@grpc/proto-loader"], how: "a child's Unix socket" },
  { name: "execa", packages: ["execa"], how: "a Node process for each call", mostInFlight: 64 },
  { name: "extism", packages: ["@extism/extism", "wabt"], how: "WebAssembly in this thread, JSON text, copied only" },
  { name: "extism-worker", packages: ["@extism/extism", "wabt"], how: "WebAssembly in a thread of its own, JSON text, copied only" },
  { name: "quickjs", packages: ["quickjs-emscripten"], how: "JavaScript interpreted in WebAssembly in this thread, JSON text" },
  { name: "isolated-vm", packages: ["isolated-vm"], how: "a V8 isolate in a thread of the library", nodeFlags: ["--no-node-snapshot"] },
];

/** Throws an Error for the user when there is no such contender. */
export function entryOf(name: string): Entry {
  const entry = CONTENDERS.find((each) => each.name === name);
  if (entry === undefined) throw new Error(`There is no contender '${name}'; there are ${CONTENDERS.map((each) => each.name).join(", ")}.`);
  return entry;
}
