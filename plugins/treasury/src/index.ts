export { HELP, readOptions, type TreasuryOptions } from "./options.js";
export { decode, pieces, readStatement, sniff, type Format, type Statement } from "./statement.js";
export { chooseStages, type Stages } from "./stages.js";
export { runTreasury, type Balance, type Outcome } from "./treasury.js";
