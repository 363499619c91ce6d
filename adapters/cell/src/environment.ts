import { PLUGIN_VARIABLES } from "@sallyport/child";

/**
 * Nothing of the host's: what a guest is not told it cannot leak, and no variable can weaken its lockdown.
 * Windows alone starts no program without knowing where the system is.
 */
export function cellEnvironment(): Record<string, string> {
  const root = process.platform === "win32" ? process.env["SystemRoot"] : undefined;
  return { ...PLUGIN_VARIABLES, ...(root !== undefined && { SystemRoot: root }) };
}
