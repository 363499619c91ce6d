import { timingSafeEqual } from "node:crypto";
import { createInterface } from "node:readline";
import grpc from "@grpc/grpc-js";

/**
 * Serves gRPC to the host that started this program, until stdin ends. In mode `grpc` on the socket that the first line on stdin
 * names, to whoever shows the token of that line with each call; in mode `go-plugin` as hashicorp/go-plugin does without AutoMTLS.
 */
export async function serve(service, handlers) {
  const input = createInterface({ input: process.stdin });
  input.once("close", () => process.exit(0));
  const { PLUGIN_UNIX_SOCKET_DIR: folder } = process.env;
  const { socket, token, line } = folder === undefined ? await told(input) : { socket: `${folder}/plugin`, token: "", line: `1|1|unix|${folder}/plugin|grpc|` };
  const wanted = Buffer.from(token);

  const isHost = (call) => {
    const shown = Buffer.from(String(call.metadata.get("sallyport-token")[0] ?? ""));
    return shown.length === wanted.length && timingSafeEqual(shown, wanted);
  };
  const guarded = Object.entries(handlers).map(([name, handler]) => [name, (call, answer) => {
    if (isHost(call)) return handler(call, answer);
    const stranger = { code: grpc.status.UNAUTHENTICATED, details: "only the host that started this plugin may call it" };
    if (answer) answer(stranger);
    else call.emit("error", stranger);
  }]);

  const server = new grpc.Server();
  server.addService(service, Object.fromEntries(guarded));
  await new Promise((resolve, reject) => server.bindAsync(`unix:${socket}`, grpc.ServerCredentials.createInsecure(), (error) => (error ? reject(error) : resolve())));
  process.stdout.write(`${line}\n`);
}

async function told(input) {
  const first = await input[Symbol.asyncIterator]().next();
  return { ...JSON.parse(first.value), line: "SALLYPORT/1 grpc" };
}

/** The nearest status for a code, and the error whole in a trailer. */
const STATUS = { invalid_argument: 3, deadline_exceeded: 4, not_found: 5, permission_denied: 7, resource_exhausted: 8, busy: 8, failed_precondition: 9, conflict: 10, unimplemented: 12, internal: 13, unavailable: 14, data_loss: 15, unauthenticated: 16, cancelled: 1 };

export function failure(error) {
  const metadata = new grpc.Metadata();
  metadata.set("sallyport-error-bin", Buffer.from(JSON.stringify(error)));
  return { code: STATUS[error.code] ?? grpc.status.UNKNOWN, details: error.msg, metadata };
}
