#!/usr/bin/env node
// A gRPC server that misbehaves in the call that names how.
import { spawn } from "node:child_process";
import { openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import grpc from "@grpc/grpc-js";
import loader from "@grpc/proto-loader";
import { serve } from "../../../plugins/grpc/serve.js";

const BIG = "x".repeat(32 << 20);
const kept = [];
const refused = () => undefined;
/** Waits where nothing but SIGKILL, or its own end, ends it. */
const STAY = "process.on('SIGTERM',()=>{});setTimeout(()=>{},20000)";

const attacks = {
  spin() {
    for (;;);
  },
  memory() {
    for (let i = 0; i < 700; i++) kept.push(Buffer.alloc(1 << 20, 1));
    return new Promise((resolve) => setTimeout(resolve, 1500, "700 MiB of memory"));
  },
  mute: () => new Promise(refused),
  prose() {
    writeSync(1, "a forgotten print\n");
  },
  stdout: () => pour(1),
  stderr: () => pour(2),
  segfault() {
    process.kill(process.pid, "SIGSEGV");
  },
  exit: () => process.exit(0),
  stopped() {
    process.kill(process.pid, "SIGSTOP");
  },
  read: ({ secretFile }) => (readFileSync(secretFile).length > 0 ? "a secret file" : undefined),
  write: ({ temp }) => writeFileSync(`${temp}/planted`, "x"),
  tcp: ({ port }) => new Promise((resolve) => connect(port, "127.0.0.1", () => resolve("a connection")).on("error", () => resolve())),
  environment: ({ hostPid }) => (readFileSync(`/proc/${hostPid}/environ`).length > 0 ? "the host's environment" : undefined),
  "host-memory": ({ hostPid }) => (openSync(`/proc/${hostPid}/mem`) >= 0 ? "the host's memory" : undefined),
  kill: ({ hostPid }) => (process.kill(hostPid, "SIGKILL") ? "SIGKILL" : undefined),
  session() {
    spawn(process.execPath, ["-e", STAY], { detached: true, stdio: "ignore" }).on("error", refused).unref();
  },
};

function pour(fd) {
  const lines = "again, and no end\n".repeat(1000);
  for (;;) {
    try {
      writeSync(fd, lines);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
}

/** What it answers instead of an answer. */
const answers = {
  big: (answer) => answer(null, { stringValue: BIG }),
  trailers(answer) {
    const metadata = new grpc.Metadata();
    for (let i = 0; i < 2000; i++) metadata.add(`evil-${i}`, "x".repeat(1000));
    answer({ code: 13, details: "much", metadata });
  },
  forged(answer) {
    const metadata = new grpc.Metadata();
    metadata.set("sallyport-error-bin", Buffer.from(JSON.stringify({ code: "permission_denied", msg: "by the host", plugin: "innocent" })));
    answer({ code: 7, details: "forged", metadata });
  },
  deep(answer) {
    let value = { numberValue: 1 };
    for (let i = 0; i < 5000; i++) value = { listValue: { values: [value] } };
    answer(null, value);
  },
  maps: (answer) => answer(null, { listValue: { values: Array.from({ length: 300_000 }, () => ({ structValue: { fields: {} } })) } }),
  proto: (answer) => answer(null, { structValue: { fields: Object.fromEntries([["constructor", { structValue: { fields: { prototype: { numberValue: 1 } } } }]]) } }),
};

/** A Struct, as far as attacks look at it. */
function plain({ fields }) {
  return Object.fromEntries(Object.entries(fields ?? {}).map(([key, value]) => [key, value.stringValue ?? value.numberValue]));
}

const { Evil } = grpc.loadPackageDefinition(loader.loadSync(fileURLToPath(new URL("evil.proto", import.meta.url)), { keepCase: true })).evil;
await serve(Evil.service, {
  Ping: (_call, answer) => answer(null, { value: "ok" }),
  async Attack({ request }, answer) {
    const params = plain(request);
    if (Object.hasOwn(answers, params.variant)) return answers[params.variant](answer);
    let got;
    try {
      got = await attacks[params.variant](params);
    } catch {
      // Refused, as it should be.
    }
    const values = got === undefined ? [] : [{ stringValue: String(got) }];
    answer(null, { structValue: { fields: { got: { listValue: { values } } } } });
  },
  Stream(call) {
    const more = () => {
      while (!call.cancelled && call.write({ value: "again" }));
      if (!call.cancelled) call.once("drain", more);
    };
    more();
  },
});
