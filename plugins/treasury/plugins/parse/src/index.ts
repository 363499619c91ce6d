import { definePlugin, type Context } from "@sallyport/plugin";
import { parseCamt } from "./camt.js";
import { parseCsv } from "./csv.js";
import { parseOfx } from "./ofx.js";
import type { Transaction } from "./transaction.js";

const PARSERS: Readonly<Record<string, (text: string) => Transaction[]>> = { camt: parseCamt, csv: parseCsv, ofx: parseOfx };

export default definePlugin({
  methods: {
    "parse.statement": {
      stream: "both",
      idempotent: true,
      async *handler({ format }: { readonly format: string }, context: Context) {
        let text = "";
        for await (const piece of context.input) text += String(piece);
        const transactions = PARSERS[format]?.(text) ?? [];
        yield* transactions;
        return { count: transactions.length };
      },
    },
  },
});
