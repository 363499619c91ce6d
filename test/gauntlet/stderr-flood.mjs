#!/usr/bin/env node
// Floods stderr with 64 MiB, then greets: a host that does not read stderr never hears the greeting (N05).
import { writeSync } from "node:fs";
const write = (fd, bytes) => {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      if (error.code !== "EAGAIN") process.exit(0);
    }
  }
};
const lines = Buffer.from("nothing to see here, move along\n".repeat(32768));
for (let i = 0; i < 64; i++) write(2, lines);
write(2, Buffer.from("the last line\n"));
write(1, Buffer.from('SALLYPORT/1 json\n{"t":"hello","name":"gauntlet","version":"1.0.0","methods":["any"]}\n'));
process.stdin.resume().on("end", () => process.exit(3));
