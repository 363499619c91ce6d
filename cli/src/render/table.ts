import Table from "cli-table3";
import type { MethodEntry } from "@sallyport/kernel";
import type { Colors } from "../terminal.js";
import { plainText } from "./value.js";

/** No borders: columns that a person reads and `awk` can cut. */
const BORDERLESS = {
  top: "", "top-mid": "", "top-left": "", "top-right": "", bottom: "", "bottom-mid": "", "bottom-left": "", "bottom-right": "",
  left: "", "left-mid": "", mid: "", "mid-mid": "", right: "", "right-mid": "", middle: "  ",
};

export function renderApi(methods: readonly MethodEntry[], colors: Colors): string {
  return table(["method", "provider", "stream", "about"], methods.map((method) => [
    colors.bold(plainText(method.name)),
    method.provider,
    plainText(String(method.stream ?? "")),
    plainText([method.idempotent === true && "idempotent", method.timeout !== undefined && `at most ${method.timeout} ms`, method.description].filter((part) => typeof part === "string").join("; ")),
  ]), colors);
}

export function table(head: readonly string[], rows: readonly (readonly string[])[], colors: Colors, aligns: readonly ("left" | "right")[] = []): string {
  const grid = new Table({ colAligns: [...aligns], chars: BORDERLESS, style: { head: [], border: [], "padding-left": 0, "padding-right": 0 }, head: head.map((name) => colors.dim(name)) });
  grid.push(...rows.map((row) => [...row]));
  return grid.toString().split("\n").map((line) => line.trimEnd()).filter((line) => line !== "").join("\n");
}
