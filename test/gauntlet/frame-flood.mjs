#!/usr/bin/env node
// Sends frames as fast as the pipe takes them (R05).
import { writeSync } from "node:fs";
const frames = Buffer.from('{"t":"pong","n":1}\n'.repeat(4000));
const write = (bytes) => {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(1, bytes, at);
    } catch (error) {
      if (error.code !== "EAGAIN") process.exit(0);
    }
  }
};
write(Buffer.from('SALLYPORT/1 json\n{"t":"hello","name":"gauntlet","version":"1.0.0","methods":["any"]}\n'));
for (;;) write(frames);
