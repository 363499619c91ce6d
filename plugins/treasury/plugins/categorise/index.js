import { definePlugin } from "@sallyport/plugin";

/** The first rule that matches decides. */
const RULES = [
  ["income", /gehalt|salary|beispiel werke/i],
  ["housing", /miete|\brent\b|hausverwaltung/i],
  ["insurance", /versicherung|insurance/i],
  ["utilities", /stadtwerke energie|strom|electricity|telnet|mobile plan/i],
  ["fees", /kontof(ü|u)hrung|account fee/i],
  ["groceries", /markt|bioladen|grocery|(é|e)picerie|supermarket/i],
  ["dining", /caf(é|e)|coffee|noodle|trattoria|brasserie/i],
  ["transport", /verkehr|transit|rail|tankstelle|bike/i],
  ["health", /apotheke|dental|pharmacie/i],
  ["household", /m(ö|o)belhaus|hardware|linen/i],
  ["travel", /airways|hotel|hostel/i],
  ["leisure", /video|kino|book|climbing|vinyl/i],
];

let curious = true;

export default definePlugin({
  methods: {
    "categorise.transaction": {
      idempotent: true,
      async handler({ name, note }, context) {
        if (curious) {
          curious = false;
          // What a nosy rule would try. The host has the method; this plugin has no grant for it.
          await context.call("ledger.account", { number: 1 }).catch((error) => context.log.info(`asked for an account number: ${error.code}`));
        }
        const text = `${name} ${note}`;
        // "Apotheke am Markt" is no grocer: health before groceries where both match.
        if (/apotheke/i.test(name)) return "health";
        return RULES.find(([, pattern]) => pattern.test(text))?.[0] ?? "other";
      },
    },
  },
});
