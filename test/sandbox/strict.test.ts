import { spawn } from "node:child_process";
import { symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { homedir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { DRILL, drill, endAllWith, failure, folder, processesWith, until, WAYS } from "./harness.js";

/** Part of the path to the drill or to its interpreter. */
function wayTo(folder: string, name: string): boolean {
  const path = join(folder, name);
  return [DRILL, join(homedir(), ".pyenv/versions")].some((open) => open === path || open.startsWith(`${path}/`));
}

for (const { by, missing } of WAYS) {
  describe(`strict by ${by}`, () => {
    beforeEach((context) => void (missing === undefined || context.skip(missing)));

    test("says what it is", async () => {
      const { info } = await drill({ by });
      expect(info).toMatchObject({ unsafe: false, permissions: {}, confinement: { profile: "strict", by: expect.stringContaining(by === "bubblewrap" ? "bubblewrap" : "Landlock") } });
      for (const guard of ["files", "network", "peers", "memoryMb", "cpuSeconds", "descriptors", "fileMb"] as const) expect(info.confinement?.guards[guard]).toBeDefined();
    });

    test("has no descriptor but three, and no variable but a few", async () => {
      const { try: attempt } = await drill({ by });
      const fds = await attempt<Record<string, string>>("fds");
      expect(Object.keys(fds).filter((fd) => Number(fd) > 2 && !fds[fd]?.startsWith("/proc"))).toEqual([]);
      const env = await attempt<Record<string, string>>("env");
      expect(Object.keys(env).filter((name) => !/^(SALLYPORT_\w+|PATH|HOME|TMPDIR|PWD|LANG|LANGUAGE|LC_\w+|TERM|TZ)$/.test(name))).toEqual([]);
      expect(JSON.stringify(env)).not.toContain(`"${homedir()}"`);
    });

    test("reads nothing but its folder and the system's programs", async () => {
      const secret = await folder();
      writeFileSync(join(secret, "key"), "secret");
      const { try: attempt } = await drill({ by });
      expect(await attempt("read", { path: join(DRILL, "drill.py") })).toBe("ok");
      for (const path of ["/etc/passwd", "/etc/shadow", "/etc/hostname", join(secret, "key"), join(homedir(), ".ssh"), join(DRILL, "../../harness.ts"), `/proc/${process.pid}/environ`, "/proc/1/environ", "/dev/mem", "/dev/sda"]) {
        expect([path, await attempt("read", { path })]).toEqual([path, expect.stringMatching(/^(ENOENT|EACCES|EPERM|ENXIO)$/)]);
      }
      // Of a folder on the way to something open bubblewrap shows the way, and no neighbour.
      for (const path of [homedir(), "/home", "/var/log", secret]) {
        const shown = await attempt<string[]>("names", { path }).catch(() => []);
        expect([path, shown.filter((name) => !wayTo(path, name))]).toEqual([path, []]);
      }
    });

    test("writes nothing but its temporary folder", async () => {
      const { try: attempt } = await drill({ by });
      const { tmp } = await attempt<{ tmp: string }>("ids");
      for (const path of [join(DRILL, "own"), "/usr/bin/own", "/etc/own", join(homedir(), "own"), "/own", "/dev/own", "/var/tmp/own"]) {
        expect([path, await attempt("write", { path })]).toEqual([path, expect.stringMatching(/^(ENOENT|EACCES|EPERM|EROFS)$/)]);
      }
      for (const path of ["/proc/sys/kernel/core_pattern", "/proc/sys/kernel/hostname", "/proc/sys/vm/drop_caches", "/proc/sysrq-trigger", "/sys/kernel/mm/transparent_hugepage/enabled", "/usr/bin/env", "/etc/ld.so.cache"]) {
        expect([path, await attempt("open", { path })]).toEqual([path, expect.stringMatching(/^(ENOENT|EACCES|EPERM|EROFS|ETXTBSY)$/)]);
      }
      expect(await attempt("write", { path: join(tmp, "own") })).toBe("ok");
      expect(await attempt("exec", { path: join(tmp, "own") })).toMatch(/^(EACCES|ENOEXEC)$/);
      expect(await attempt("device", { path: join(tmp, "mem") })).toMatch(/^(EPERM|EACCES)$/);
    });

    test("gets out of a folder that it may write by no link", async () => {
      const [mine, secret] = [await folder(), await folder()];
      writeFileSync(join(secret, "key"), "secret");
      const { try: attempt } = await drill({ by, permissions: { write: [mine] } });
      expect(await attempt("write", { path: join(mine, "note") })).toBe("ok");
      expect(await attempt("link", { at: join(mine, "out"), to: secret })).toBe("ok");
      expect(await attempt("read", { path: join(mine, "out", "key") })).toMatch(/^(ENOENT|EACCES)$/);
      expect(await attempt("write", { path: join(mine, "out", "new") })).toMatch(/^(ENOENT|EACCES)$/);
      expect(await attempt("hardlink", { to: join(secret, "key"), at: join(mine, "key") })).toMatch(/^(ENOENT|EACCES|EXDEV|EPERM)$/);
      expect(await attempt("rename", { from: join(secret, "key"), to: join(mine, "key") })).toMatch(/^(ENOENT|EACCES|EXDEV|EPERM)$/);
    });

    test("is not given a permission that leads through a link", async () => {
      const [mine, secret] = [await folder(), await folder()];
      symlinkSync(secret, join(mine, "data"));
      expect(await failure(drill({ by, permissions: { read: [join(mine, "data")] } }))).toMatchObject({ code: "invalid_argument", path: "permissions.read[0]", message: expect.stringContaining(`through a link to ${secret}`) });
      expect(await failure(drill({ by, permissions: { write: [join(mine, "nothing")] } }))).toMatchObject({ code: "not_found", path: "permissions.write[0]", help: expect.stringContaining("mkdir") });
      expect(await failure(drill({ by, permissions: { read: ["/proc/1"] } }))).toMatchObject({ code: "invalid_argument" });
    });

    test("does nothing to the host or to another process of its user", async () => {
      const sibling = spawn("sleep", ["60"], { stdio: "ignore" });
      onTestFinished(() => void sibling.kill("SIGKILL"));
      const { try: attempt } = await drill({ by });
      for (const pid of [sibling.pid, process.pid, process.ppid]) {
        const outcomes = await attempt<Record<string, string>>("attack", { pid });
        expect([pid, Object.entries(outcomes).filter(([, outcome]) => outcome === "ok")]).toEqual([pid, []]);
      }
      expect(sibling.exitCode ?? sibling.signalCode).toBeNull();
    });

    test("has no network", async () => {
      const server = createServer((socket) => socket.end());
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const abstract = createServer().listen(`\0sallyport-test-${process.pid}`);
      onTestFinished(() => {
        server.close();
        abstract.close();
      });
      const { port } = server.address() as { port: number };
      const { try: attempt } = await drill({ by });
      const refused = /^(EACCES|EPERM|ENETUNREACH|ECONNREFUSED|TimeoutError|ENOENT)$/;
      for (const where of [{ kind: "tcp", address: "127.0.0.1", port }, { kind: "udp", address: "1.1.1.1", port: 53 }, { kind: "unix", address: `@sallyport-test-${process.pid}` }, { kind: "unix", address: "/run/dbus/system_bus_socket" }]) {
        expect([where, await attempt("connect", where)]).toEqual([where, expect.stringMatching(refused)]);
      }
    });

    test("reaches the ports that it was given, and no others", async () => {
      const [open, shut] = [createServer((socket) => socket.end()), createServer((socket) => socket.end())];
      for (const server of [open, shut]) await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      onTestFinished(() => {
        open.close();
        shut.close();
      });
      const [wanted, other] = [open, shut].map((server) => (server.address() as { port: number }).port);
      const { try: attempt } = await drill({ by, permissions: { net: [`*:${wanted}`] } });
      expect(await attempt("connect", { kind: "tcp", address: "127.0.0.1", port: wanted })).toBe("ok");
      expect(await attempt("connect", { kind: "tcp", address: "127.0.0.1", port: other })).toBe("EACCES");
      expect(await attempt("connect", { kind: "udp", address: "127.0.0.1", port: wanted })).toBe("EACCES");
      expect(await attempt("connect", { kind: "unix", address: "/run/none" })).toBe("EACCES");
      expect(await failure(drill({ by, permissions: { net: ["api.example.com:443"] } }))).toMatchObject({ code: "sandbox_unavailable", path: "permissions.net[0]", help: expect.stringContaining("*:443") });
    });

    test("starts the programs that it was given, and no others", async () => {
      const none = await drill({ by });
      expect(await none.try("exec", { path: "/bin/true" })).toBe("EACCES");
      expect(await none.try("exec", { path: "/bin/sh", args: ["-c", "exit 0"] })).toBe("EACCES");
      const some = await drill({ by, permissions: { run: ["true"] } });
      expect(await some.try("exec", { path: "true" })).toBe("ok");
      expect(await some.try("exec", { path: "/bin/sh", args: ["-c", "exit 0"] })).toBe("EACCES");
      const all = await drill({ by, permissions: { run: ["*"] } });
      expect(await all.try("exec", { path: "/bin/sh", args: ["-c", "exit 0"] })).toBe("ok");
      expect(await failure(drill({ by, permissions: { run: ["no-such-program"] } }))).toMatchObject({ code: "spawn_failed", message: expect.stringContaining("no-such-program") });
    });

    test("takes no right back", async () => {
      const { try: attempt } = await drill({ by });
      for (const way of ["namespace", "mount", "chroot", "memfd", "setuid", "raise"]) expect([way, await attempt(way)]).toEqual([way, expect.stringMatching(/^(EPERM|EACCES|EINVAL|ENOSYS|ValueError)$/)]);
    });

    test("hears the polite signal", async () => {
      const { kernel, logs, try: attempt } = await drill({ by });
      await attempt("deaf");
      await kernel.unload("drill", { drainMs: 10 });
      expect(logs).toContain("was asked to end");
    });

    test("leaves no process behind, in whatever session and under whatever parent", async () => {
      const mark = `sallyport-mark-${process.pid}-${by}`;
      const { kernel, info, try: attempt } = await drill({ by, args: [mark] });
      onTestFinished(() => endAllWith(mark));
      await attempt("tree");
      expect(processesWith(mark).length).toBeGreaterThan(3);
      await kernel.unload("drill", { drainMs: 0 });
      // What is not promised is said, and shown: whoever needs it picks the other wrapper.
      if (info.confinement?.guards.orphans !== undefined) await until(() => processesWith(mark).length === 0);
      else expect(processesWith(mark).length).toBeGreaterThan(0);
    });
  });
}
