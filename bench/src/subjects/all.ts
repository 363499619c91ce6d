import { CODECS } from "../baselines/codec.js";
import { forkAdvanced, forkJson } from "../baselines/fork.js";
import { clone, msgpackr, plainFunction } from "../baselines/function.js";
import { port } from "../baselines/port.js";
import { socketpair } from "../baselines/socketpair.js";
import { modeSubject } from "./kernel.js";
import { MODES } from "./modes.js";
import type { Subject } from "./subject.js";

/** What answers at once, and has no start and nothing in flight. */
export const FUNCTIONS = [plainFunction, clone, msgpackr, ...CODECS] as const;
export const BASELINES: readonly Subject[] = [port, forkJson, forkAdvanced, socketpair];
export const SUBJECTS: readonly Subject[] = [...BASELINES, ...MODES.map(modeSubject)];
