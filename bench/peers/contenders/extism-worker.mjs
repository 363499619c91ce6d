import { openExtism } from "./extism-plugin.mjs";

/** @type {import("../src/contender.js").Open} */
export const open = () => openExtism(true);
