/** The message that wakes a sleeping side, or tells a waiting one of room. Everything else on a port belongs to a record. */
export const WAKE = 0;
