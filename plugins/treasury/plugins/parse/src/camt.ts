import { XMLParser } from "fast-xml-parser";
import { decimal, line, unreadable, type Transaction } from "./transaction.js";

type Node = string | { readonly [name: string]: Node } | readonly Node[] | undefined;

/** ISO 20022 camt.053, versions 02 to 13 (and camt.052, camt.054): the elements used here have not moved. */
export function parseCamt(text: string): Transaction[] {
  // Numbers stay text: an amount must not become a float. Entities beyond the five of XML are not expanded.
  const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: "@", removeNSPrefix: true, parseTagValue: false, parseAttributeValue: false, isArray: (name) => ["Stmt", "Ntfctn", "Rpt", "Ntry", "TxDtls", "Ustrd"].includes(name) });
  const root = parser.parse(text) as Node;
  const report = at(root, "Document", "BkToCstmrStmt") ?? at(root, "Document", "BkToCstmrAcctRpt") ?? at(root, "Document", "BkToCstmrDbtCdtNtfctn");
  if (report === undefined) throw unreadable("there is no BkToCstmrStmt in the document", "Check that it is a camt.053 statement.");
  const statements = [...list(at(report, "Stmt")), ...list(at(report, "Rpt")), ...list(at(report, "Ntfctn"))];
  return statements.flatMap((statement) => {
    const id = at(statement, "Acct", "Id");
    const account = string(at(id, "IBAN")) || string(at(id, "Othr", "Id")) || "unknown";
    return list(at(statement, "Ntry")).map((entry, i) => transaction(entry, account, i + 1));
  });
}

function transaction(entry: Node, account: string, number: number): Transaction {
  const amountNode = at(entry, "Amt");
  const size = decimal(string(at(amountNode, "#text")), ".");
  const currency = string(at(amountNode, "@Ccy"));
  const booked = at(entry, "BookgDt") ?? at(entry, "ValDt");
  const date = (string(at(booked, "Dt")) || string(at(booked, "DtTm"))).slice(0, 10);
  const sign = string(at(entry, "CdtDbtInd"));
  if (size === undefined || currency === "" || date === "" || (sign !== "DBIT" && sign !== "CRDT")) {
    throw unreadable(`entry ${number} of account ${account.slice(0, 2)}… lacks an amount, currency, date or credit-debit indicator`, "Download the statement again.");
  }
  const details = list(at(entry, "NtryDtls")).flatMap((each) => list(at(each, "TxDtls")));
  const parties = at(details[0], "RltdPties");
  const party = at(parties, sign === "DBIT" ? "Cdtr" : "Dbtr");
  const notes = details.flatMap((detail) => list(at(detail, "RmtInf", "Ustrd")).map(string));
  return {
    account, date, currency,
    amount: sign === "DBIT" && /[1-9]/.test(size) ? `-${size}` : size,
    name: line(string(at(party, "Pty", "Nm")) || string(at(party, "Nm")) || string(at(entry, "AddtlNtryInf")), 256),
    note: line(notes.join(" ") || string(at(entry, "AddtlNtryInf")), 1024),
  };
}

function at(node: Node, ...path: readonly string[]): Node {
  let here = node;
  for (const name of path) here = typeof here === "object" && !Array.isArray(here) ? (here as Readonly<Record<string, Node>>)[name] : undefined;
  return here;
}

function list(node: Node): readonly Node[] {
  return node === undefined ? [] : Array.isArray(node) ? (node as readonly Node[]) : [node];
}

/** The text of an element, with or without attributes. */
function string(node: Node): string {
  const text = typeof node === "string" ? node : at(node, "#text");
  return typeof text === "string" ? text : "";
}
