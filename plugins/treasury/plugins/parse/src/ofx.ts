import { decimal, line, unreadable, type Transaction } from "./transaction.js";

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " " };

/**
 * OFX 1.x is SGML whose values have no end tags, 2.x is XML: a value runs to the next tag or the line's end in
 * both, so one tokenizer reads them. Values outside a transaction that follow it (balances) do not end up in it.
 */
export function parseOfx(text: string): Transaction[] {
  const out: Transaction[] = [];
  let account = "unknown";
  let currency = "";
  let fields: Record<string, string> | undefined;
  for (const match of text.matchAll(/<(\/?)([A-Z0-9.]+)>([^<\r\n]*)/gi)) {
    const [, slash, tag = "", value = ""] = match;
    const name = tag.toUpperCase();
    if (name === "STMTTRN") {
      if (slash === "/" && fields !== undefined) out.push(transaction(fields, account, currency, out.length + 1));
      fields = slash === "/" ? undefined : {};
    } else if (slash === "" && value.trim() !== "") {
      const plain = decode(value.trim());
      if (fields !== undefined) fields[name] ??= plain;
      else if (name === "ACCTID") account = plain;
      else if (name === "CURDEF") currency = plain.toUpperCase();
    }
  }
  if (fields !== undefined) throw unreadable(`the statement breaks off in transaction ${out.length + 1}`, "Download it again.");
  if (!/<OFX>/i.test(text)) throw unreadable("there is no <OFX> in the file", "Check that it is an OFX or QFX export.");
  return out;
}

function transaction(fields: Readonly<Record<string, string>>, account: string, currency: string, number: number): Transaction {
  const amountText = fields["TRNAMT"] ?? "";
  const amount = decimal(amountText, /,\d{1,2}$/.test(amountText) ? "," : ".");
  const [, year, month, day] = /^(\d{4})(\d{2})(\d{2})/.exec(fields["DTPOSTED"] ?? "") ?? [];
  if (amount === undefined || day === undefined) {
    throw unreadable(`transaction ${number} has ${amount === undefined ? `the amount '${amountText}'` : `the date '${fields["DTPOSTED"] ?? ""}'`}`, "Correct it in the file, or export it again.");
  }
  return { account, date: `${year}-${month}-${day}`, amount, currency: fields["CURRENCY"] ?? currency, name: line(fields["NAME"] ?? fields["PAYEE"] ?? "", 256), note: line(fields["MEMO"] ?? "", 1024) };
}

function decode(text: string): string {
  return text.replace(/&(#\d{1,6}|\w{2,6});/g, (whole, name: string) => {
    if (!name.startsWith("#")) return ENTITIES[name.toLowerCase()] ?? whole;
    const code = Number(name.slice(1));
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
