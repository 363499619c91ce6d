/** Text for a cell of a table: no line break, no bar, no character that a terminal or a reader takes for a command. */
export function plain(text: string): string {
  return text.replaceAll(/[^\x20-\x7e–]/g, "?").replaceAll("|", "\\|").replaceAll("<", "&lt;").replaceAll("*", "\\*").replaceAll("__", "\\_\\_");
}
