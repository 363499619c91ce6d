export { usableCpus } from "./cpus.js";
export { openGuestLink } from "./guest-link.js";
export { createLinks, type Links, type LinksOptions } from "./host-link.js";
export { createLaneReader, type LaneReader } from "./lane-reader.js";
export { createLaneWriter, type LaneWriter } from "./lane-writer.js";
export type { GuestHandlers, HostHandlers, Link } from "./link.js";
export { createLinkMemory, laneOf, type Direction, type Lane, type LinkMemory } from "./memory.js";
export { createTuner, type Tuner } from "./tuner.js";
