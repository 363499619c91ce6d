import { vi } from "vitest";

/** Patient: the machine may be busy with other things. */
export function eventually(check: () => void): Promise<void> {
  return vi.waitFor(check, { timeout: 10_000 });
}
