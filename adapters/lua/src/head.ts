import type { CellHead } from "@sallyport/cell/inside";

/** What the adapter tells a cell in the prelude, beside the plugin's files. */
export interface Head extends CellHead {
  readonly stack: boolean;
  /** The file that is run, by its name among the files. */
  readonly main: string;
  readonly instructions: number;
  readonly memoryBytes: number;
  readonly bounds: { readonly items: number; readonly depth: number; readonly bytes: number };
}

/** Topic of the adapter's own event to its cell: the files as they are now. The host has no topic of this name. */
export const SCRIPT_TOPIC = "$lua.files";
