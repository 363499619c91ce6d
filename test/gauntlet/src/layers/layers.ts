/** A layer of the defence, how a test switches it off, and attacks that it is there for. The product has no such switch. */
export interface Layer {
  readonly name: string;
  /** Text of the built packages that is replaced, in a copy of them. Each must be found exactly once. */
  readonly patches: readonly Patch[];
  /** For the sandbox, which is a choice of the config: the column that goes without. */
  readonly column?: { readonly from: string; readonly to: string };
  /** Case and column. */
  readonly tries: readonly (readonly [id: string, column: string])[];
}

export interface Patch {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export const LAYERS: readonly Layer[] = [
  {
    name: "schema validation",
    patches: [{ file: "kernel/dist/schema.js", from: "export function compileSchema(schema, where, root) {", to: "export function compileSchema(schema, where, root) { return () => undefined;" }],
    tries: [["W11e", "process"], ["G138", "process"], ["C07a", "process"], ["G75", "process"], ["W11c", "stdio"], ["W08c", "process"], ["G81", "process"], ["G139", "process"]],
  },
  {
    name: "grants",
    patches: [{ file: "kernel/dist/grants.js", from: "export function createGrants(plugin, given, asked) {", to: 'export function createGrants(plugin, given, asked) { const all = createGrantsAsBuilt(plugin, given, asked); return { ...all, allows: () => true, call: () => "granted" }; }\nfunction createGrantsAsBuilt(plugin, given, asked) {' }],
    tries: [["C01a", "process"], ["C02c", "process"], ["C03", "process"], ["C05c", "process"], ["C10", "process"], ["R13a", "process"], ["G107", "process"]],
  },
  {
    name: "structural check of the decoder",
    patches: [
      { file: "bus/dist/codec/input.js", from: "if (--this.nodes < 0)", to: "if (false)" },
      { file: "bus/dist/codec/input.js", from: "if (depth === 0)\n            throw this.tooComplex", to: "if (false)\n            throw this.tooComplex" },
      { file: "bus/dist/codec/input.js", from: "if (count * bytesEach > this.end - this.at)", to: "if (false)" },
    ],
    tries: [["W03a", "stdio"], ["W03c", "stdio"], ["W04a", "stdio"], ["W04c", "stdio"], ["W08a", "stdio"], ["W07b", "stdio"], ["W02a", "stdio"]],
  },
  {
    name: "SES lockdown and Compartment",
    patches: [
      { file: "guest/dist/runtime/lockdown.js", from: "export function lockDown() {", to: "export function lockDown() { globalThis.harden = (value) => value; return;" },
      { file: "guest/dist/runtime/canary.js", from: "export function requireSafeEngine() {", to: "export function requireSafeEngine() { return;" },
      { file: "guest/dist/runtime/instance.js", from: "const compartment = new Compartment();", to: "const compartment = { globalThis: {}, evaluate: (text) => (0, eval)(text) };" },
    ],
    tries: [["S04", "process"], ["S05", "process"], ["S22a", "process"], ["S22c", "process"], ["S22d", "process"], ["S22e", "process"], ["S22f", "process"], ["R03a", "process"], ["C01a", "process"]],
  },
  {
    name: "sandbox",
    patches: [],
    column: { from: "stdio+strict", to: "stdio" },
    tries: [["N19a", "stdio+strict"], ["N15a", "stdio+strict"], ["N15i", "stdio+strict"], ["N16d", "stdio+strict"], ["N18a", "stdio+strict"], ["N11c", "stdio+strict"], ["N12", "stdio+strict"], ["R02c", "stdio+strict"], ["R09a", "stdio+strict"], ["N13", "stdio+strict"], ["W03a", "stdio"]],
  },
  {
    name: "limits",
    patches: [{ file: "bus/dist/limits.js", from: "export function narrowLimits(base, ...others) {", to: "export function narrowLimits() { return { ...MAX_LIMITS, memoryMb: 768, descriptors: 4096 }; }\nexport function narrowLimitsAsBuilt(base, ...others) {" }],
    tries: [["R01a", "process"], ["R02a", "process"], ["R03a", "process"], ["R05d", "process"], ["R05f", "process"], ["R05l", "stdio"], ["R11c", "process"], ["G81", "process"], ["N03", "stdio"]],
  },
];
