import { X509Certificate } from "node:crypto";
import { SallyportError } from "@sallyport/bus";

/** go-plugin's handshake line: `1|APP|unix|/path|grpc|CERTIFICATE`. */
export interface HandshakeLine {
  readonly version: number;
  readonly network: "unix" | "tcp";
  readonly address: string;
  /** The server's own. */
  readonly certificate: X509Certificate | undefined;
}

/** Longest line, bytes: a certificate on P-521 takes one. */
export const LINE_BYTES = 8192;
const CORE = "1";
/** Shorter ones are what older libraries put there. */
const LEAST_CERTIFICATE = 50;

/** Throws `bad_handshake` or `version_mismatch`. */
export function readLine(plugin: string, line: string, versions: readonly number[]): HandshakeLine {
  const [core = "", app = "", network = "", address = "", protocol = "netrpc", certificate = ""] = line.trim().split("|");
  if (address === "" || !/^[0-9]+$/.test(core) || !/^[0-9]+$/.test(app)) {
    throw bad(plugin, `expected the handshake line of go-plugin, '1|1|unix|/path|grpc|', got ${JSON.stringify(line.slice(0, 80))}`, "It is a program that calls plugin.Serve of hashicorp/go-plugin? Then compare `cookie` with its HandshakeConfig.");
  }
  if (core !== CORE) throw new SallyportError("version_mismatch", `'${plugin}' speaks go-plugin's core protocol ${core}; this host speaks ${CORE}`, { plugin, help: "Rebuild the plugin with a release 1.x of hashicorp/go-plugin." });
  if (!versions.includes(Number(app))) throw new SallyportError("version_mismatch", `'${plugin}' speaks version ${app} of its own protocol; its manifest has ${versions.join(", ")}`, { plugin, path: "modes.go-plugin.versions", help: "Add it to `versions`, if the proto files are those of that version." });
  if (protocol !== "grpc") throw bad(plugin, `it serves '${protocol.slice(0, 20)}', and only gRPC can be spoken from here`, "Build it with `GRPCServer: plugin.DefaultGRPCServer` in its ServeConfig: net/rpc carries Go's own values, which nothing else reads.");
  if (network !== "unix" && network !== "tcp") throw bad(plugin, `it listens on a network '${network.slice(0, 20)}'`, "Listen on a Unix socket.");
  return { version: Number(app), network, address, certificate: certificate.length > LEAST_CERTIFICATE ? readCertificate(plugin, certificate) : undefined };
}

function readCertificate(plugin: string, certificate: string): X509Certificate {
  try {
    return new X509Certificate(Buffer.from(certificate, "base64"));
  } catch (cause) {
    throw bad(plugin, "the certificate in its handshake line cannot be read", "Rebuild it with a release of hashicorp/go-plugin.", cause);
  }
}

export function bad(plugin: string, what: string, help: string, cause?: unknown): SallyportError {
  return new SallyportError("bad_handshake", `'${plugin}': ${what}`, { plugin, help, ...(cause !== undefined && { cause }) });
}
