import { SUBJECTS } from "@sallyport/bench";
import type { ContenderFile } from "./contender.js";
import type { Entry } from "./contenders.js";

/** What `measure` needs of a contender, loaded: no import is part of a figure. */
export async function load({ name, packages }: Entry): Promise<ContenderFile> {
  if (packages.length > 0) return (await import(new URL(`../contenders/${name}.mjs`, import.meta.url).href)) as ContenderFile;
  const subject = SUBJECTS.find((each) => each.name === name);
  if (subject === undefined) throw new Error(`The benchmark of the modes has no '${name}'.`);
  return {
    unavailable: () => subject.prepare(),
    async open() {
      const starter = subject.open();
      const instance = await starter.start();
      return {
        echo: (value) => instance.echo(value),
        async close() {
          await instance[Symbol.asyncDispose]();
          await starter[Symbol.asyncDispose]();
        },
      };
    },
  };
}
