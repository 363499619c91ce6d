/** The guest ABI of adapters/wasm/ABI.md, as a library has it: one frame at a time, by pointer and length. */
export const ABI = 1;
export const NO_TIMER = 0xffffffff;
/** By the number that `sallyport_codec` answers. */
export const CODECS = ["json", "msgpack"] as const;
/** By the level that `log` is called with. */
export const LEVELS = ["debug", "info", "warn", "error"] as const;
/** Of one text that a library logs, bytes. */
export const LOG_BYTES = 8 << 10;
/** Beyond it engines fire at once; a library that is woken early asks again. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;
