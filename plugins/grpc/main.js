#!/usr/bin/env node
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import grpc from "@grpc/grpc-js";
import loader from "@grpc/proto-loader";
import { failure, serve } from "./serve.js";

const types = loader.loadSync(fileURLToPath(new URL("demo.proto", import.meta.url)), { longs: Number, keepCase: true });
const { Demo } = grpc.loadPackageDefinition(types).demo;
let config = {};

await serve(Demo.service, {
  Start({ request }, answer) {
    config = request;
    answer(null, {});
  },
  Config: (_call, answer) => answer(null, config),

  Echo: ({ request }, answer) => answer(null, request),

  Upper({ request }, answer) {
    const text = request.structValue?.fields?.text?.stringValue;
    if (typeof text !== "string") return answer(failure({ code: "invalid_argument", msg: "text must be a string", path: "params.text" }));
    answer(null, { value: text.replace(/[a-z]+/g, (letters) => letters.toUpperCase()) });
  },

  Fail: ({ request }, answer) => answer(failure({ code: request.code, msg: request.msg })),

  Sleep(call, answer) {
    const timer = setTimeout(() => answer(null, { slept: call.request.ms }), call.request.ms);
    call.on("cancelled", () => clearTimeout(timer));
  },

  Sum(call, answer) {
    let sum = 0;
    call.on("data", ({ value }) => (sum += value));
    call.on("end", () => answer(null, { value: sum }));
  },

  async Count(call) {
    const { to } = call.request;
    for (let item = 1; item <= to && !call.cancelled; item++) if (!call.write({ item })) await Promise.race([once(call, "drain"), once(call, "cancelled")]);
    call.write({ result: { count: to } });
    call.end();
  },

  Steps(call) {
    const { steps } = call.request;
    for (let done = 1; done <= steps; done++) call.write({ progress: { done, total: steps } });
    call.write({ result: { steps } });
    call.end();
  },
});
