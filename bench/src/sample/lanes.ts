/** Makes `calls` calls in each of `width` lanes. Lanes, not waves: the next call of a lane leaves as its answer comes. */
export function inLanes(width: number, calls: number, call: () => Promise<unknown>): Promise<unknown> {
  const lane = async (): Promise<void> => {
    for (let made = 0; made < calls; made++) await call();
  };
  return width === 1 ? lane() : Promise.all(Array.from({ length: width }, lane));
}

/** Keeps `width` calls in flight until `until` resolves; then lets the last ones end. */
export async function driveUntil(until: Promise<unknown>, width: number, call: () => Promise<unknown>): Promise<number> {
  let over = false;
  let calls = 0;
  const end = until.finally(() => (over = true));
  const lane = async (): Promise<void> => {
    for (; !over; calls++) await call();
  };
  await Promise.all(Array.from({ length: width }, lane));
  await end;
  return calls;
}
