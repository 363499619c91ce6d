const MAX_CHARS = 256;
// A reserved name may begin with `$` (`$init`); nothing else may.
const NAME = /^\$?[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/;
const PATTERN = /^(?:\*\*|(?:\*|\$?[A-Za-z0-9_-]+)(?:\.(?:\*|[A-Za-z0-9_-]+))*(?:\.\*\*)?)$/;

/** Whether `text` can name a topic or a method: dot-separated segments, 256 characters at most. */
export function isTopic(text: string): boolean {
  return text.length <= MAX_CHARS && NAME.test(text);
}

/** Whether `text` is a topic, or one with `*` for exactly one segment and a final `**` for one or more. */
export function isPattern(text: string): boolean {
  return text.length <= MAX_CHARS && PATTERN.test(text);
}

/**
 * Whether `pattern` covers `topic`; both must be well formed. A reserved name is covered only by a pattern that
 * spells its first segment, so that `call:**` never reaches `$init`.
 */
export function matchTopic(pattern: string, topic: string): boolean {
  if (pattern === topic) return true;
  const want = pattern.split(".");
  const have = topic.split(".");
  const open = want[want.length - 1] === "**";
  if (open ? have.length < want.length : have.length !== want.length) return false;
  if (topic.startsWith("$") && want[0] !== have[0]) return false;
  const fixed = open ? want.length - 1 : want.length;
  for (let i = 0; i < fixed; i++) if (want[i] !== "*" && want[i] !== have[i]) return false;
  return true;
}

/** Whether `outer` covers every topic that `inner` covers; both must be well-formed patterns. */
export function coversPattern(outer: string, inner: string): boolean {
  const want = outer.split(".");
  const have = inner.split(".");
  const open = want[want.length - 1] === "**";
  if (open ? have.length < want.length : have.length !== want.length || have[have.length - 1] === "**") return outer === inner;
  if (inner.startsWith("$") && want[0] !== have[0]) return false;
  const fixed = open ? want.length - 1 : want.length;
  for (let i = 0; i < fixed; i++) if (want[i] !== have[i] && (want[i] !== "*" || have[i] === "**")) return false;
  return true;
}
