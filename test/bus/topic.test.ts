import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { coversPattern, createTopics, isPattern, isTopic, matchTopic } from "@sallyport/bus";
import { anyPattern, anyTopic } from "./arbitrary.js";

/** The grammar as a regular expression: slow, and obviously right. */
function naive(pattern: string, topic: string): boolean {
  const source = pattern.split(".").map((part) => (part === "**" ? "[^.]+(\\.[^.]+)*" : part === "*" ? "[^.]+" : part.replace("$", "\\$"))).join("\\.");
  return new RegExp(`^${source}$`).test(topic) && (!topic.startsWith("$") || pattern.startsWith(topic.split(".")[0] as string));
}

test.each(["a", "a.b", "ledger.posted", "a-1._b", "$init", "$init.more", "a".repeat(256)])("topic %s", (text) => {
  expect([isTopic(text), isPattern(text)]).toEqual([true, true]);
});
test.each(["", ".", "a.", ".a", "a..b", "a b", "é", "a.$b", "a\n", "a/b", "a".repeat(257)])("neither topic nor pattern: %j", (text) => {
  expect([isTopic(text), isPattern(text)]).toEqual([false, false]);
});
test.each(["*", "**", "a.*", "*.a", "a.*.b", "a.**", "*.**", "$x.*"])("pattern %s, no topic", (text) => {
  expect([isTopic(text), isPattern(text)]).toEqual([false, true]);
});
test.each(["**.a", "a.**.b", "a*", "a.b*", "***", "a.***", "**.**", "*."])("no pattern: %s", (text) => expect(isPattern(text)).toBe(false));

test("ledger.* covers ledger.posted, not ledger and not ledger.a.b", () => {
  expect(["ledger.posted", "ledger", "ledger.a.b"].map((topic) => matchTopic("ledger.*", topic))).toEqual([true, false, false]);
  expect(["ledger.posted", "ledger", "ledger.a.b"].map((topic) => matchTopic("ledger.**", topic))).toEqual([true, false, true]);
});

test("no wildcard reaches a reserved name", () => {
  for (const pattern of ["*", "**", "*.a", "*.**"]) expect([matchTopic(pattern, "$init"), matchTopic(pattern, "$x.a")]).toEqual([false, false]);
  expect(matchTopic("$x.*", "$x.a")).toBe(true);
});

test("matches as the naive matcher does", () => {
  fc.assert(fc.property(anyPattern, anyTopic, (pattern, topic) => matchTopic(pattern, topic) === naive(pattern, topic)), { numRuns: 2000 });
});

test("a pattern that covers another covers all its topics", () => {
  fc.assert(
    fc.property(anyPattern, anyPattern, anyTopic, (outer, inner, topic) => !coversPattern(outer, inner) || !matchTopic(inner, topic) || matchTopic(outer, topic)),
    { numRuns: 5000 },
  );
  expect([["**", "a.*"], ["a.**", "a.b.**"], ["a.*", "a.b"], ["*.**", "a.**"]].map(([outer, inner]) => coversPattern(outer as string, inner as string))).toEqual([true, true, true, true]);
  expect([["a.*", "a.**"], ["a.**", "a"], ["*", "**"], ["**", "$init"]].map(([outer, inner]) => coversPattern(outer as string, inner as string))).toEqual([false, false, false, false]);
});

describe("createTopics", () => {
  test("agrees with the naive matcher through any order of subscribing and leaving", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyPattern, fc.boolean()), { maxLength: 20 }), fc.array(anyTopic, { minLength: 1, maxLength: 5 }), (steps, topics) => {
        const table = createTopics<number>();
        let live: { pattern: string; id: number; leave(): void }[] = [];
        for (const [id, [pattern, leaves]] of steps.entries()) {
          live.push({ pattern, id, leave: table.subscribe(pattern, id) });
          if (leaves) {
            live[0]?.leave();
            live[0]?.leave();
            live = live.slice(1);
          }
          for (const topic of topics) expect(table.match(topic)).toEqual(live.filter((one) => naive(one.pattern, topic)).map((one) => one.id));
          expect(table.size).toBe(live.length);
        }
      }),
    );
  });

  test("names of object members are topics like others", () => {
    const table = createTopics<string>();
    expect(table.match("constructor")).toEqual([]);
    table.subscribe("constructor.prototype", "x");
    table.subscribe("__proto__", "y");
    expect([table.match("constructor.prototype"), table.match("__proto__"), table.match("toString")]).toEqual([["x"], ["y"], []]);
  });

  test("the same subscriber may subscribe twice, and leaves one by one", () => {
    const table = createTopics<string>();
    const leave = table.subscribe("a.b", "x");
    table.subscribe("a.*", "x");
    table.subscribe("a.b", "x");
    expect(table.match("a.b")).toEqual(["x", "x", "x"]);
    leave();
    expect(table.match("a.b")).toEqual(["x", "x"]);
  });

  test("a subscriber that leaves during a delivery disturbs no other", () => {
    const table = createTopics<() => void>();
    const heard: string[] = [];
    const leave = table.subscribe("a.*", () => {
      heard.push("first");
      leave();
    });
    table.subscribe("a.b", () => heard.push("second"));
    for (const deliver of table.match("a.b")) deliver();
    for (const deliver of table.match("a.b")) deliver();
    expect(heard).toEqual(["first", "second", "second"]);
  });

  test("refuses malformed patterns, matches no malformed topic, and forgets made-up topics", () => {
    const table = createTopics<string>();
    expect(() => table.subscribe("a..b", "x")).toThrow(expect.objectContaining({ code: "invalid_argument" }) as Error);
    table.subscribe("**", "x");
    expect([table.match("a..b"), table.match("*"), table.match("")]).toEqual([[], [], []]);
    for (let i = 0; i < 5000; i++) expect(table.match(`made.up.${i}`)).toEqual(["x"]);
  });
});
