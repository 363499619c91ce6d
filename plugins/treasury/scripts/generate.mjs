/**
 * Writes ../statements: three bank statements, a table of rates and the control totals that the tests compare with.
 * Everything is invented and comes from one seed; run it again and nothing changes.
 */
import { writeFileSync } from "node:fs";
import { toCamt, toCsv, toOfx } from "./formats.mjs";
import { disturb, makePayments, minor } from "./payments.mjs";
import { createRandom } from "./random.mjs";

const random = createRandom(20260630);
const months = ["2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06"];
const folder = new URL("../statements/", import.meta.url);
const controls = {};

function write(name, bytes, payments) {
  writeFileSync(new URL(name, folder), bytes);
  const sums = {};
  for (const p of payments) sums[p.currency] = (sums[p.currency] ?? 0) + p.amount;
  controls[name] = { count: payments.length, sums: Object.fromEntries(Object.entries(sums).map(([c, n]) => [c, minor(n)])), first: payments.map((p) => p.date).sort()[0], last: payments.map((p) => p.date).sort().at(-1) };
}

const giro = disturb(random, makePayments(random, { months, perMonth: 190, salary: 412000, rent: 118000, currency: "EUR", scale: 0.28 }), { large: 4, twice: 3 });
write("giro.csv", toCsv(giro, "DE00999999990000012345", 250000), giro);
const checking = disturb(random, makePayments(random, { months, perMonth: 125, salary: 520000, rent: 210000, currency: "USD", scale: 0.4 }), { large: 3, twice: 2 });
write("checking.ofx", toOfx(checking, "000000123456"), checking);
const franken = disturb(random, makePayments(random, { months, perMonth: 75, salary: 610000, rent: 185000, currency: "CHF", scale: 0.8 }), { large: 2, twice: 1 });
const pounds = makePayments(random, { months, perMonth: 30, salary: 90000, rent: 40000, currency: "GBP", scale: 0.3 });
write("konten.camt053.xml", toCamt([{ account: "CH0009999000000054321", currency: "CHF", payments: franken }, { account: "GB00NONE99999900067890", currency: "GBP", payments: pounds }]), [...franken, ...pounds]);

const rates = ["date,currency,per_eur"];
const level = { USD: 10850, CHF: 9420, GBP: 8610 };
for (let day = Date.UTC(2025, 11, 29); day <= Date.UTC(2026, 6, 6); day += 7 * 86_400_000) {
  for (const currency of Object.keys(level)) {
    level[currency] += random.between(-45, 45);
    rates.push(`${new Date(day).toISOString().slice(0, 10)},${currency},${(level[currency] / 10000).toFixed(4)}`);
  }
}
writeFileSync(new URL("rates.csv", folder), `${rates.join("\n")}\n`);
writeFileSync(new URL("controls.json", folder), `${JSON.stringify(controls, null, 2)}\n`);
