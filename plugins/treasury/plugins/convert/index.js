import Big from "big.js";
import { definePlugin } from "@sallyport/plugin";

/** Rates by currency and day, asked for once each; a statement has few days. */
const known = new Map();

function rate(currency, date, context) {
  const key = `${currency} ${date}`;
  let found = known.get(key);
  if (found === undefined) {
    found = context.call("rates.lookup", { currency, date });
    known.set(key, found);
    found.catch(() => known.delete(key)); // a failure is not a rate: ask again next time
  }
  return found;
}

export default definePlugin({
  methods: {
    "convert.amount": {
      idempotent: true,
      async handler({ amount, currency, date }, context) {
        const { base } = context.config;
        if (currency === base) return new Big(amount).toFixed(2);
        const [from, to] = await Promise.all([rate(currency, date, context), rate(base, date, context)]);
        return new Big(amount).times(to).div(from).round(2, Big.roundHalfEven).toFixed(2);
      },
    },
  },
});
