/**
 * Spells `<!--` and `-->` so that they mean the same and look like nothing. Hardened JavaScript refuses both
 * anywhere in a script, since in sloppy code they begin a comment; parsers of XML and HTML carry them in their
 * strings. A printed bundle has them nowhere but in strings, templates and regular expressions (esbuild writes
 * the operators apart), and there a hexadecimal escape is always allowed; none in place of the first character,
 * which a backslash may stand before. Only `String.raw` sees the difference.
 */
export function inertComments(code: string): string {
  return code.replaceAll("<!--", "<\\x21--").replaceAll("-->", "--\\x3e");
}
