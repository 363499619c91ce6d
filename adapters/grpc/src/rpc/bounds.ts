/** Of headers and trailers of one call, bytes and lines. */
export const HEADER_BYTES = 32 << 10;
export const HEADER_LINES = 64;
export const SETTINGS_LINES = 16;
