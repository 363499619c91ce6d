/** What a child may see of the host's environment: where programs are, and how people here write. */
const POSIX = ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "TERM", "TZ", "TMPDIR", "LANG", "LANGUAGE"];
const WINDOWS = [
  "PATH", "PATHEXT", "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "TEMP", "TMP", "USERNAME", "USERPROFILE", "HOMEDRIVE", "HOMEPATH",
  "APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "PROGRAMFILES", "PROCESSOR_ARCHITECTURE", "NUMBER_OF_PROCESSORS", "TZ", "LANG",
];

/** Tells a plugin that a host started it, and which protocol majors the host speaks. */
export const PLUGIN_VARIABLES = { SALLYPORT_PLUGIN: "1", SALLYPORT_MAJORS: "1" } as const;

/**
 * The environment of a plugin's process: an allow-list (after the MCP SDK's) and the two variables of the
 * protocol. Nothing else passes: no LD_*, no NODE_OPTIONS, no token that happens to be set. Secrets go to a
 * plugin in its `config`, over the pipe.
 */
export function childEnvironment(from: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): Record<string, string> {
  const allowed = new Set(platform === "win32" ? WINDOWS : POSIX);
  const out: Record<string, string> = {};
  for (const [name, value] of Object.entries(from)) {
    if (value === undefined) continue;
    // Old shells export functions as variables, and their import was once a way to run code.
    if (value.startsWith("()")) continue;
    const known = platform === "win32" ? allowed.has(name.toUpperCase()) : allowed.has(name) || /^LC_[A-Z]+$/.test(name);
    if (known) out[name] = value;
  }
  return { ...out, ...PLUGIN_VARIABLES };
}
