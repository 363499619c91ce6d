// Uses the rights of the process that it runs in, if it can reach them (S22). In a hardened guest there is nothing to use.
import { evil, oneOf, tries } from "./kit.js";

const node = (name) => globalThis.process.getBuiltinModule(name);

export default evil(oneOf({
  read: ({ secretFile }) => tries({ "a secret file": () => node("fs").readFileSync(secretFile, "utf8").includes("CANARY") }),
  write: ({ secretFile }) => tries({ "a new file": () => {
    node("fs").writeFileSync(`${secretFile}.stolen`, "x");
    node("fs").unlinkSync(`${secretFile}.stolen`);
    return true;
  } }),
  spawn: () => tries({ "a program": () => node("child_process").execFileSync("/bin/sh", ["-c", "echo started"]).length > 0 }),
  kill: ({ hostPid }) => tries({ "a signal to the host": () => {
    globalThis.process.kill(hostPid, "SIGKILL");
    return true;
  } }),
  connect: ({ port }) => tries({ "a connection": () => new Promise((resolve, reject) => node("net").connect(port, "127.0.0.1", () => resolve(true)).on("error", reject)) }),
  garbage: () => tries({ "bytes of its own on the wire": () => (node("fs").writeSync(1, "\u00ff\u00ff\u00ff\u00ffgarbage"), false) }),
}));
