// What it costs the host to look at a child: CPU time of all its threads and of this one, for a lone process and for a tree.
import { DEFAULT_LIMITS } from "@sallyport/bus";
import { childEnvironment, spawnChild } from "@sallyport/child";

const LOOKS = 1000;
const PROGRAM = "for (let i = 0; i < Number(process.argv[1]); i++) require('node:child_process').spawn('sleep', ['60']); console.log('SALLYPORT/1 json'); process.stdin.resume()";

for (const children of [0, 20]) {
  const child = await spawnChild({
    argv: [process.execPath, "-e", PROGRAM, String(children)], cwd: "/", env: childEnvironment(), limits: DEFAULT_LIMITS,
    host: { receive() {}, log() {}, drained() {} }, signal: new AbortController().signal,
  });
  while (((await child.usage())?.processes ?? 0) < children + 5) await new Promise((resolve) => setTimeout(resolve, 50));
  // Apart, as they are in a kernel: looks that come together share a part of the work.
  const [cpu, loop, since] = [process.cpuUsage(), performance.eventLoopUtilization(), performance.now()];
  let waitedMs = 0;
  for (let i = 0; i < LOOKS; i++) {
    await child.usage();
    if (i % 10 > 0) continue;
    const before = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 25));
    waitedMs += performance.now() - before;
  }
  const { user, system } = process.cpuUsage(cpu);
  const active = performance.eventLoopUtilization(loop).active;
  console.log(`${children + 1} processes: ${((user + system) / LOOKS).toFixed(0)} µs of CPU a look, ${((active * 1000) / LOOKS).toFixed(0)} µs of them in the event loop, ${(((performance.now() - since - waitedMs) * 1000) / LOOKS).toFixed(0)} µs until it is there`);
  await child.kill();
}
