// Loads code while it runs, with the import hidden in the ways that censors miss (S08).
import { evil, tries } from "./kit.js";

export default evil(() => tries({
  plain: () => import("node:fs"),
  comment: () => import/* hidden */("node:fs"),
  "line separator": () => import("\u006eode:fs"),
  spread: () => ((...name) => import(name[0]))("node:fs"),
  template: () => import(`${"node"}:${"fs"}`),
}));
