import { describe, expect, test } from "vitest";
import { seatbeltProfile } from "@sallyport/sandbox";

// The text alone: no part of it has run on macOS.
describe("the profile for macOS", () => {
  const profile = seatbeltProfile({ read: ["/plugin", '/odd "name\\'], write: ["/private/tmp/x"], exec: ["/usr/bin/python3"], ports: undefined });

  test("denies what it does not name", () => {
    expect(profile.split("\n").slice(0, 2)).toEqual(["(version 1)", "(deny default)"]);
    expect(profile).not.toMatch(/network|\(allow default\)|process-info|mach-lookup/);
  });

  test("writes only where it may, and quotes what a path may hold", () => {
    expect(profile).toContain('(allow file-write* (subpath "/dev/null") (subpath "/private/tmp/x"))');
    expect(profile).toContain('(subpath "/odd \\"name\\\\")');
    expect(profile).toContain('(allow process-exec (subpath "/usr/bin/python3"))');
  });

  test("opens ports one by one, or all", () => {
    const rules = { read: [], write: [], exec: [] };
    expect(seatbeltProfile({ ...rules, ports: [443] })).toContain('(allow network-outbound (remote tcp "*:443"))');
    expect(seatbeltProfile({ ...rules, ports: [] })).toContain("(allow network-outbound)");
    expect(seatbeltProfile({ ...rules, ports: undefined })).not.toContain("process-exec");
  });
});
