import { expect, test } from "vitest";
import { parseLogLine } from "@sallyport/child";
import { startChild } from "./harness.js";

test.each([
  ["plain text", "info", "plain text"],
  ["[error] it broke", "error", "it broke"],
  ["[WARN]: careful", "warn", "careful"],
  ["[note to self] hm", "info", "[note to self] hm"],
  ['{"msg":"started","level":"debug"}', "debug", "started"],
  ['{"@message":"hc","@level":"warn","@timestamp":"now","port":80}', "warn", 'hc {"port":80}'],
  ['{"level":50,"time":1,"msg":"pino"}', "error", "pino"],
  ['{"no":"message"}', "info", '{"no":"message"}'],
  ["{broken", "info", "{broken"],
  ["[constructor] x", "info", "[constructor] x"],
])("%s", (line, level, text) => {
  expect(parseLogLine(line)).toEqual({ level, text });
});

test("no escape sequence gets through, not even spelled in JSON", async () => {
  const { logs, until } = await startChild("escapes.sh");
  await until(() => logs.length === 2);
  expect(logs).toEqual(["info: plain", "info: spelled"]);
});
