const KEPT = /^(SALLYPORT_[A-Z]+|LANG|LANGUAGE|LC_[A-Z]+|TERM|TZ)$/;

/**
 * Of an environment what means something inside: places of the host's user do not. One without a PATH is for a program that
 * is told nothing.
 */
export function innerEnvironment(env: Readonly<Record<string, string>>, path: string, home: string): Record<string, string> {
  const kept = Object.entries(env).filter(([name]) => KEPT.test(name));
  return { ...Object.fromEntries(kept), ...(env["PATH"] !== undefined && { PATH: path, HOME: home, TMPDIR: home }) };
}
