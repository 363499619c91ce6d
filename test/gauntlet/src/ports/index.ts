import { C_PORTS } from "./c.js";
import { GRPC_PORT } from "./grpc.js";
import { LUA_PORT } from "./lua.js";
import { ONESHOT_PORT } from "./oneshot.js";
import type { Port, Role } from "./port.js";

/** A mode of its own language is a line here. */
export const PORTS: readonly Port[] = [...C_PORTS, LUA_PORT, ONESHOT_PORT, GRPC_PORT];

export function portOf(mode: string): Port | undefined {
  return PORTS.find(({ modes }) => modes.includes(mode));
}

/** Who plays a case in a mode. `undefined`: nobody wrote that attack in what the mode runs. */
export function roleOf(id: string, mode: string): Role | undefined {
  const port = portOf(mode);
  const play = port !== undefined && Object.hasOwn(port.plays, id) ? port.plays[id] : undefined;
  return port === undefined || play === undefined || play.modes?.includes(mode) === false ? undefined : { port, play };
}
