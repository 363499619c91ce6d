import { SallyportError } from "@sallyport/bus";
import { explain, type Explanation } from "../advice/explain.js";
import { readFigures, shippedFigures } from "../advice/figures.js";
import { chooseBy } from "../advice/prefer.js";
import { interruptible } from "../interrupt.js";
import { allModes, holding } from "../modes.js";
import { paragraph } from "../render/advice.js";
import { durationText, numberText } from "../render/text.js";
import { plainText, renderValue } from "../render/value.js";
import { EXIT } from "../report.js";
import { targetConfig } from "../target.js";
import type { Terminal } from "../terminal.js";
import type { ChooseCommandOptions } from "./choose.js";

/** `sallyport choose PLUGIN`: which mode a plugin of the config gets, and why no other. Runs nothing. */
export async function choosePluginCommand(name: string, options: ChooseCommandOptions, terminal: Terminal): Promise<number> {
  using interrupt = interruptible();
  const { signal } = interrupt;
  const config = await targetConfig(options, signal);
  const found = config.plugins.find(({ spec }) => spec.name === name);
  if (found === undefined) throw new SallyportError("not_found", `the config has no plugin '${name}'`, { help: `It has: ${config.plugins.map(({ spec }) => spec.name).join(", ") || "none"}.` });
  const figures = options.figures === undefined ? shippedFigures() : await readFigures(options.figures, signal);
  await using adapters = holding(allModes({}, { spares: 0 }));
  const spec = options.prefer === undefined ? found.spec : { ...found.spec, policy: { ...found.spec.policy, prefer: options.prefer } };
  const explanation = await explain({ spec, adapters: adapters.list, figures, choose: chooseBy(() => figures), signal });
  terminal.out(options.json === true ? renderValue({ ...explanation, made: figures?.made }) : text(explanation, figures?.made, options.figures === undefined, terminal));
  return EXIT.OK;
}

function text({ plugin, mode, why, modes, moves }: Explanation, made: string | undefined, areShipped: boolean, { outColors: colors }: Terminal): string {
  const figure = ({ latencyUs, memoryMib }: Explanation["modes"][number]): string => {
    const known = [...(latencyUs === undefined ? [] : [`${durationText(latencyUs)} a call`]), ...(memoryMib === undefined ? [] : [`${numberText(memoryMib, 2)} MiB`])];
    return known.length === 0 ? "" : ` (${known.join(", ")})`;
  };
  return [
    `${plainText(plugin)}: ${colors.bold(colors.green(mode))}`,
    paragraph("why", why, colors.dim),
    ...modes.map((each) => paragraph(each.mode, `${each.is === "chosen" || each.is === "fit" ? each.is : each.is === "denied" ? "not trusted enough" : "not here"}${figure(each)}; ${plainText(each.remark)}`, each.is === "chosen" ? colors.green : colors.dim)),
    ...moves.map((rule) => paragraph("moves", rule, colors.yellow)),
    ...(made === undefined ? [] : [paragraph("figures", `${areShipped ? "shipped with this package, not measured here: " : ""}${plainText(made)}`, colors.dim)]),
  ].join("\n");
}
