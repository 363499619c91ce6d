/** What people and small firms pay: invented names, amounts in minor units. */
const SHOPS = {
  groceries: { per: 9, low: 380, high: 14200, names: ["Markthalle Nord", "Grünkorb Bioladen", "Corner Grocery 114", "Épicerie du Lac", "Basket Supermarket"] },
  dining: { per: 6, low: 450, high: 8900, names: ["Café Morgenrot", "Noodle Bar 88", "Trattoria Quattro", "Blue Door Coffee", "Brasserie du Pont"] },
  transport: { per: 4, low: 190, high: 9800, names: ["Stadtwerke Verkehr", "City Transit Pass", "Rail Tickets Online", "Tankstelle A7", "Bike Share"] },
  leisure: { per: 3, low: 799, high: 12900, names: ["Streamline Video", "Kino am Ring", "Book Nook", "Climbing Hall", "Vinyl & Co"] },
  health: { per: 1, low: 850, high: 21000, names: ["Apotheke am Markt", "Dental Practice Elm St", "Pharmacie Centrale"] },
  household: { per: 2, low: 990, high: 45000, names: ["Möbelhaus Süd", "Hardware Depot 12", "Linen & Home"] },
  travel: { per: 1, low: 4900, high: 68000, names: ["Northern Airways", "Hotel Seeblick", "Hostel Cordoba"] },
};
const NOTES = ["Karte 4711; Danke", "card purchase", "ref. \"A-17\"", "Einkauf", "merci", "contactless", "order #%", "Rechnung %"];

/** Payments of one account over the months, in order of date. */
export function makePayments(random, { months, perMonth, salary, rent, currency, scale = 1 }) {
  const weights = Object.entries(SHOPS).flatMap(([kind, shop]) => Array(shop.per).fill(kind));
  const out = [];
  for (const month of months) {
    const add = (day, amount, name, note) => out.push({ date: `${month}-${String(day).padStart(2, "0")}`, amount, name, note, currency });
    add(1, -rent, "Hausverwaltung Lindenhof", `Miete Rent ${month}`);
    add(2, -random.between(2900, 9900), "Allgemeine Versicherung", "Insurance premium");
    add(5, -random.between(5500, 14000), "Stadtwerke Energie", "Strom Electricity");
    add(7, -random.between(1990, 4990), "Telnet Mobil", "Mobile plan");
    add(random.between(24, 27), salary + random.between(-2000, 2000), "Beispiel Werke AG", `Gehalt Salary ${month}`);
    add(28, -random.between(150, 990), "Bank", "Kontoführung Account fee");
    for (let i = 6; i < perMonth; i++) {
      const shop = SHOPS[random.pick(weights)];
      const note = random.pick(NOTES).replace("%", String(random.between(1000, 99999)));
      const refund = random.chance(0.02);
      const amount = Math.round(random.between(shop.low, shop.high) * scale);
      add(random.between(1, 28), refund ? amount : -amount, random.pick(shop.names), refund ? `Refund ${note}` : note);
    }
  }
  out.sort((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : 0));
  return out;
}

/** A few that stand out, and a few that are there twice, as statements have them. */
export function disturb(random, payments, { large, twice }) {
  for (let i = 0; i < large; i++) {
    const at = random.between(50, payments.length - 1);
    const old = payments[at];
    payments[at] = { ...old, amount: -random.between(180000, 690000), name: random.pick(["Möbelhaus Süd", "Northern Airways", "Vinyl & Co"]), note: "one-off" };
  }
  for (let i = 0; i < twice; i++) {
    const at = random.between(10, payments.length - 1);
    payments.splice(at, 0, { ...payments[at] });
  }
  return payments;
}

export const minor = (amount) => `${amount < 0 ? "-" : ""}${Math.floor(Math.abs(amount) / 100)}.${String(Math.abs(amount) % 100).padStart(2, "0")}`;
