import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createHost } from "sallyport";
import { decode, pieces, readStatement, sniff, type Format } from "@sallyport/treasury";

const folder = fileURLToPath(new URL("../../plugins/treasury", import.meta.url));
const statements = `${folder}/statements`;

interface Transaction { account: string; date: string; amount: string; currency: string; name: string; note: string }

let kernel: Awaited<ReturnType<typeof createHost>>;
beforeAll(async () => {
  kernel = await createHost({ plugins: { parse: "plugins/parse" } }, { base: folder });
}, 60_000);
afterAll(() => kernel?.close());

/** Through the plugin, in its process: what the application does. */
async function parse(format: Format, text: string, characters?: number): Promise<Transaction[]> {
  const out: Transaction[] = [];
  const stream = kernel.stream<Transaction>("parse.statement", { format }, { input: pieces(text, characters) });
  let next = await stream.next();
  for (; next.done !== true; next = await stream.next()) out.push(next.value);
  expect(next.value).toEqual({ count: out.length });
  return out;
}

interface Control { count: number; sums: Record<string, string>; first: string; last: string }

/** Sums in hundredths, as exact as the generator's own. */
function control(transactions: readonly Transaction[]): Control {
  const sums: Record<string, number> = {};
  for (const { currency, amount } of transactions) {
    expect(amount).toMatch(/^-?\d+\.\d\d$/);
    sums[currency] = (sums[currency] ?? 0) + Number(amount.replace(".", ""));
  }
  const dates = transactions.map(({ date }) => date).sort();
  const minor = (n: number): string => `${n < 0 ? "-" : ""}${Math.floor(Math.abs(n) / 100)}.${String(Math.abs(n) % 100).padStart(2, "0")}`;
  return { count: transactions.length, sums: Object.fromEntries(Object.entries(sums).map(([currency, n]) => [currency, minor(n)])), first: dates[0] ?? "", last: dates.at(-1) ?? "" };
}

describe("the three statements", async () => {
  const controls = JSON.parse(await readFile(`${statements}/controls.json`, "utf8")) as Record<string, Control>;
  for (const [name, expected] of Object.entries(controls)) {
    it(`${name}: counts, sums and dates are the generator's`, async () => {
      const { format, text } = await readStatement(`${statements}/${name}`);
      expect(text.split("\n").length).toBeGreaterThan(1000);
      const transactions = await parse(format, text);
      expect(control(transactions)).toEqual(expected);
      expect(transactions.every((each) => each.account !== "unknown" && each.name !== "" && each.note !== "")).toBe(true);
      expect(new Set(transactions.map((each) => each.name)).has("Épicerie du Lac")).toBe(true);
    });
  }
});

describe("statements of other banks", () => {
  it("CSV: English titles, decimal point, separate columns for debit and credit", async () => {
    const text = 'Date,Description,Debit,Credit,Balance\n14/03/2026,"Coffee, two","1,234.50",,1\n15/03/2026,Refund,,7.00,8\nTotal,,,,\n';
    expect(await parse("csv", text, 7)).toEqual([
      { account: "unknown", date: "2026-03-14", amount: "-1234.50", currency: "EUR", name: "", note: "Coffee, two" },
      { account: "unknown", date: "2026-03-15", amount: "7.00", currency: "EUR", name: "", note: "Refund" },
    ]);
  });

  it("CSV: says what is missing", async () => {
    await expect(parse("csv", "a;b;c;d\n1;2;3;4\n")).rejects.toMatchObject({ code: "parse.unreadable", message: "no line names columns for date and amount", help: expect.stringContaining("column titles") });
  });

  it("OFX 2: XML with end tags, entities, a credit card", async () => {
    const text = "<?OFX OFXHEADER=\"200\"?><OFX><CCSTMTRS><CURDEF>usd</CURDEF><CCACCTFROM><ACCTID>77</ACCTID></CCACCTFROM><BANKTRANLIST><STMTTRN><TRNAMT>-5</TRNAMT><DTPOSTED>20260101</DTPOSTED><NAME>A &amp; B &#233;</NAME></STMTTRN></BANKTRANLIST></CCSTMTRS></OFX>";
    expect(await parse("ofx", text)).toEqual([{ account: "77", date: "2026-01-01", amount: "-5", currency: "USD", name: "A & B é", note: "" }]);
  });

  it("OFX: names the transaction that is broken", async () => {
    await expect(parse("ofx", "<OFX><STMTTRN><TRNAMT>x<DTPOSTED>20260101</STMTTRN>")).rejects.toThrow("transaction 1 has the amount 'x'");
    await expect(parse("ofx", "<OFX><STMTTRN><TRNAMT>1")).rejects.toThrow("breaks off in transaction 1");
  });

  it("camt.053.001.02: prefixed names, names of parties without Pty", async () => {
    const text = `<n:Document xmlns:n="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><n:BkToCstmrStmt><n:Stmt><n:Acct><n:Id><n:Othr><n:Id>9</n:Id></n:Othr></n:Id></n:Acct>
      <n:Ntry><n:Amt Ccy="CHF">10.5</n:Amt><n:CdtDbtInd>DBIT</n:CdtDbtInd><n:BookgDt><n:Dt>2026-02-03</n:Dt></n:BookgDt><n:NtryDtls><n:TxDtls><n:RltdPties><n:Cdtr><n:Nm>Shop</n:Nm></n:Cdtr></n:RltdPties></n:TxDtls></n:NtryDtls></n:Ntry></n:Stmt></n:BkToCstmrStmt></n:Document>`;
    expect(await parse("camt", text)).toEqual([{ account: "9", date: "2026-02-03", amount: "-10.5", currency: "CHF", name: "Shop", note: "" }]);
  });

  it.each([["1.234,56", "1234.56"], ["1'234,56", "1234.56"], ["(12,00)", "-12.00"], ["12,5-", "-12.5"], ["\u22123,00", "-3.00"], ["-0,00", "0.00"], ["1 000,00", "1000.00"]])("CSV: reads the amount %s", async (text, expected) => {
    expect(await parse("csv", `Datum;Name;Betrag;Verwendungszweck\n1.2.26;a;${text};b\n1.2.26;a;abc;b\n`)).toEqual([expect.objectContaining({ date: "2026-02-01", amount: expected })]);
  });
});

it("statement text is decoded by what it holds", () => {
  expect(decode(Buffer.from("\ufeffé"))).toBe("é");
  expect(decode(Buffer.from("é€", "utf8"))).toBe("é€");
  expect(decode(Uint8Array.of(0xe9, 0x80, 0x9f, 0x81))).toBe("é€Ÿ\x81");
});

it("formats are told apart by content", () => {
  expect(sniff("OFXHEADER:100", "x.csv")).toBe("ofx");
  expect(() => sniff("hello", "x.ofx")).toThrow("x.ofx is no statement");
});

it("pieces join to the text and never split a character", () => {
  const text = "ab😀cd😀";
  for (let size = 1; size < 10; size++) {
    const parts = [...pieces(text, size)];
    expect(parts.join("")).toBe(text);
    expect(parts.every((part) => Buffer.from(part).toString() === part)).toBe(true);
  }
});

it("the parser offers one method and may call nothing", () => {
  expect(kernel.list()).toEqual([expect.objectContaining({ name: "parse", mode: "process", grants: [], denied: [], methods: [expect.objectContaining({ name: "parse.statement" })] })]);
});
