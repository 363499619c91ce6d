import type { Advice } from "../advice/advise.js";
import type { Colors } from "../terminal.js";
import { wrap } from "./text.js";

const COLUMNS = 80;
const LABEL = 8;

/** The mode, and under it a paragraph for each thing worth knowing. */
export function renderAdvice({ mode, why, cautions, stops, costs, others }: Advice, colors: Colors): string {
  const paragraphs = [
    ...why.map((text) => paragraph("why", text, colors.dim)),
    paragraph("stops", stops, colors.dim),
    paragraph("costs", costs, colors.dim),
    ...cautions.map((text) => paragraph("but", text, colors.yellow)),
    ...others.map((other) => paragraph(other.mode, other.remark, colors.dim)),
  ];
  return [colors.bold(colors.green(mode)), ...paragraphs].join("\n");
}

export function paragraph(label: string, text: string, paint: (text: string) => string): string {
  if (label.length < LABEL) return `  ${paint(label.padEnd(LABEL))}${wrap(text, COLUMNS, LABEL + 2)}`;
  // A label that is longer is the beginning of its text.
  return `  ${paint(label)}${wrap(`${label} ${text}`, COLUMNS, LABEL + 2).slice(label.length)}`;
}
