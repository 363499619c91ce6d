/** Payments as banks write them. */
import { minor } from "./payments.mjs";

const german = (amount) => minor(Math.abs(amount)).replace(".", ",").replace(/\B(?=(\d{3})+(?=,))/g, ".").replace(/^/, amount < 0 ? "-" : "");
const dotted = (date) => date.split("-").reverse().join(".");
const quoted = (text) => (/[;"\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const xml = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** A German giro account: windows-1252, preamble, trailer, decimal comma. Returned as latin-1 bytes. */
export function toCsv(payments, account, opening) {
  let balance = opening;
  const lines = ["Kontoauszug;Beispielbank eG", `Konto;${account}`, `Zeitraum;${dotted(payments[0].date)} - ${dotted(payments.at(-1).date)}`, `Anfangssaldo;${german(opening)};EUR`, "",
    "Buchungstag;Wertstellung;Umsatzart;Begünstigter / Auftraggeber;Verwendungszweck;IBAN;Betrag;Währung;Saldo"];
  for (const p of payments) {
    balance += p.amount;
    lines.push([dotted(p.date), dotted(p.date), p.amount < 0 ? "Lastschrift" : "Gutschrift", p.name, p.note, "DE00999999990000000001", german(p.amount), p.currency, german(balance)].map(quoted).join(";"));
  }
  lines.push("", `Endsaldo;${german(balance)};EUR`, "");
  return Buffer.from(lines.join("\r\n"), "latin1");
}

/** An American checking account: OFX 1.0.2, SGML without end tags. */
export function toOfx(payments, account) {
  const stamp = (date) => `${date.replaceAll("-", "")}120000[-5:EST]`;
  const lines = ["OFXHEADER:100", "DATA:OFXSGML", "VERSION:102", "SECURITY:NONE", "ENCODING:USASCII", "CHARSET:1252", "COMPRESSION:NONE", "OLDFILEUID:NONE", "NEWFILEUID:NONE", "",
    "<OFX>", "<SIGNONMSGSRSV1>", "<SONRS>", "<STATUS>", "<CODE>0", "<SEVERITY>INFO", "</STATUS>", `<DTSERVER>${stamp(payments.at(-1).date)}`, "<LANGUAGE>ENG", "</SONRS>", "</SIGNONMSGSRSV1>",
    "<BANKMSGSRSV1>", "<STMTTRNRS>", "<TRNUID>1", "<STATUS>", "<CODE>0", "<SEVERITY>INFO", "</STATUS>", "<STMTRS>", "<CURDEF>USD",
    "<BANKACCTFROM>", "<BANKID>000000000", `<ACCTID>${account}`, "<ACCTTYPE>CHECKING", "</BANKACCTFROM>", "<BANKTRANLIST>", `<DTSTART>${stamp(payments[0].date)}`, `<DTEND>${stamp(payments.at(-1).date)}`];
  payments.forEach((p, i) => lines.push("<STMTTRN>", `<TRNTYPE>${p.amount < 0 ? "DEBIT" : "CREDIT"}`, `<DTPOSTED>${stamp(p.date)}`, `<TRNAMT>${minor(p.amount)}`,
    `<FITID>${p.date.replaceAll("-", "")}${String(i + 1).padStart(5, "0")}`, `<NAME>${xml(p.name)}`, `<MEMO>${xml(p.note)}`, "</STMTTRN>"));
  lines.push("</BANKTRANLIST>", "<LEDGERBAL>", "<BALAMT>0.00", `<DTASOF>${stamp(payments.at(-1).date)}`, "</LEDGERBAL>", "</STMTRS>", "</STMTTRNRS>", "</BANKMSGSRSV1>", "</OFX>", "");
  return Buffer.from(lines.join("\r\n"), "latin1");
}

/** A Swiss bank's camt.053.001.08: one statement an account, credit and debit told by an indicator. */
export function toCamt(statements) {
  const entry = (p, i) => [
    "      <Ntry>", `        <NtryRef>${i + 1}</NtryRef>`, `        <Amt Ccy="${p.currency}">${minor(Math.abs(p.amount))}</Amt>`, `        <CdtDbtInd>${p.amount < 0 ? "DBIT" : "CRDT"}</CdtDbtInd>`,
    "        <Sts><Cd>BOOK</Cd></Sts>", i % 7 === 0 ? `        <BookgDt><DtTm>${p.date}T09:30:00+01:00</DtTm></BookgDt>` : `        <BookgDt><Dt>${p.date}</Dt></BookgDt>`, `        <ValDt><Dt>${p.date}</Dt></ValDt>`,
    `        <AcctSvcrRef>${p.date.replaceAll("-", "")}-${p.currency}-${i + 1}</AcctSvcrRef>`, "        <NtryDtls>", "          <TxDtls>",
    "            <RltdPties>", p.amount < 0 ? `              <Cdtr><Pty><Nm>${xml(p.name)}</Nm></Pty></Cdtr>` : `              <Dbtr><Pty><Nm>${xml(p.name)}</Nm></Pty></Dbtr>`,
    "              <CdtrAcct><Id><IBAN>CH0009999000000000001</IBAN></Id></CdtrAcct>", "            </RltdPties>", `            <RmtInf><Ustrd>${xml(p.note)}</Ustrd></RmtInf>`, "          </TxDtls>", "        </NtryDtls>", "      </Ntry>"];
  const statement = ({ account, currency, payments }, i) => [
    "    <Stmt>", `      <Id>STMT-2026-${i + 1}</Id>`, `      <CreDtTm>${payments.at(-1).date}T23:00:00</CreDtTm>`, `      <Acct><Id><IBAN>${account}</IBAN></Id><Ccy>${currency}</Ccy></Acct>`, ...payments.flatMap(entry), "    </Stmt>"];
  return Buffer.from([
    '<?xml version="1.0" encoding="UTF-8"?>', "<!-- Invented payments; no real person, bank or account. -->", '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">', "  <BkToCstmrStmt>",
    "    <GrpHdr><MsgId>EXAMPLE-2026</MsgId><CreDtTm>2026-06-30T23:00:00</CreDtTm></GrpHdr>", ...statements.flatMap(statement), "  </BkToCstmrStmt>", "</Document>", ""].join("\n"));
}
