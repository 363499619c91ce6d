#!/usr/bin/env node
// Leaves a child outside its process group that holds its pipes open, then exits (N11, what no group reaches).
import { spawn } from "node:child_process";
import { writeSync } from "node:fs";
writeSync(1, 'SALLYPORT/1 json\n{"t":"hello","name":"gauntlet","version":"1.0.0","methods":["any"]}\n');
const child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60_000)"], { detached: true, stdio: "inherit" });
writeSync(2, `grandchild ${child.pid}\n`);
process.exit(0);
