import { expect, test } from "vitest";
import { inline } from "@sallyport/adapter-inline";
import { definePlugin } from "@sallyport/plugin";

interface Config { readonly rate: number }

// The compiler is the test: `tsc` fails where a line below is accepted.
test("a plugin with a wrong signature does not compile", () => {
  const right = definePlugin<Config>({
    methods: { "x.rate": (params: { readonly by: number }, { config }) => params.by * config.rate },
    events: { "x.changed": (payload: { readonly rate: number }, { log }) => log(String(payload.rate)) },
  });
  expect(inline({ right }).mode).toBe("inline");

  // @ts-expect-error a method is a function
  inline({ wrong: { methods: { "x.rate": 42 } } });
  // @ts-expect-error the second argument is a context
  inline({ wrong: { methods: { "x.rate": (_params: unknown, context: string) => context.length } } });
  // @ts-expect-error there is no third argument
  inline({ wrong: { methods: { "x.rate": (_params: unknown, _context: unknown, third: number) => third } } });
  // @ts-expect-error a context has no such member
  definePlugin({ methods: { "x.rate": (_params: unknown, context) => context.fetch("x") } });
  // @ts-expect-error a stream has a direction
  definePlugin({ methods: { "x.rate": { stream: "sideways", handler: () => 1 } } });
  // @ts-expect-error start is a function
  inline({ wrong: { methods: {}, start: 1 } });
});
