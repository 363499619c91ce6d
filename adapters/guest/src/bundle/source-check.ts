/**
 * Where text holds an `import` that reaches a loader: `import(...)`, `import.source(...)`, `import.meta`, also
 * with a comment in between. Textual, so a string that spells it counts too; bundles of real libraries have none.
 * Shared by the bundler (for a position the author understands) and the guest (which trusts no bundler).
 */
export function findImport(code: string): { readonly index: number; readonly text: string } | undefined {
  const match = /(?<![\w$#])(?<!(?<!\.\.)\.)import\s*(?:\(|\.|\/[/*])/u.exec(code);
  return match === null ? undefined : { index: match.index, text: match[0] };
}
