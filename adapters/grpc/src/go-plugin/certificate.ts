import { createPrivateKey, generateKeyPair, randomBytes, sign, X509Certificate, type KeyObject } from "node:crypto";
import { promisify } from "node:util";

/** A key and a certificate that it signed itself, for one start. PEM. */
export interface Identity {
  readonly certificate: string;
  readonly key: string;
}

const MINUTE_MS = 60_000;
const YEAR_MS = 365 * 24 * 60 * MINUTE_MS;

/** What `generateCert` of go-plugin makes, on P-256: node:crypto signs, and has no words for certificates. */
export async function createIdentity(nowMs = Date.now()): Promise<Identity> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)("ec", { namedCurve: "P-256" });
  const signed = bodyOf(publicKey, nowMs);
  const der = sequence(signed, ECDSA_SHA256, bits(sign("sha256", signed, privateKey)));
  const certificate = new X509Certificate(der);
  return { certificate: certificate.toString(), key: createPrivateKey({ key: privateKey.export({ type: "pkcs8", format: "pem" }) }).export({ type: "pkcs8", format: "pem" }) as string };
}

function bodyOf(publicKey: KeyObject, nowMs: number): Buffer {
  return sequence(
    tagged(0xa0, integer(Buffer.of(2))),
    // Positive, and not empty in front.
    integer(Buffer.concat([Buffer.of(1), randomBytes(15)])),
    ECDSA_SHA256,
    LOCALHOST,
    sequence(time(nowMs - MINUTE_MS), time(nowMs + YEAR_MS)),
    LOCALHOST,
    publicKey.export({ type: "spki", format: "der" }),
    tagged(0xa3, sequence(
      extension("2.5.29.19", sequence(tagged(0x01, Buffer.of(0xff)))),
      // To sign, to agree on keys, and to be its own authority.
      extension("2.5.29.15", tagged(0x03, Buffer.of(2, 0b1010_1100))),
      extension("2.5.29.37", sequence(oid("1.3.6.1.5.5.7.3.2"), oid("1.3.6.1.5.5.7.3.1"))),
      extension("2.5.29.17", sequence(tagged(0x82, Buffer.from("localhost")))),
    )),
  );
}

function tagged(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...size), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, ...parts);
}

function integer(value: Buffer): Buffer {
  return tagged(0x02, value);
}

function bits(value: Buffer): Buffer {
  return tagged(0x03, Buffer.of(0), value);
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = [first * 40 + second];
  for (const part of rest) {
    const groups = [part & 0x7f];
    for (let left = part >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return tagged(0x06, Buffer.from(bytes));
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(oid(id), tagged(0x04, value));
}

/** UTCTime: two digits of the year. */
function time(ms: number): Buffer {
  return tagged(0x17, Buffer.from(`${new Date(ms).toISOString().replace(/[-:T]/g, "").slice(2, 14)}Z`));
}

const ECDSA_SHA256 = sequence(oid("1.2.840.10045.4.3.2"));
const LOCALHOST = sequence(tagged(0x31, sequence(oid("2.5.4.3"), tagged(0x0c, Buffer.from("localhost")))));
