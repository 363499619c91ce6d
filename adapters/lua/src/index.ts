export { lua, type LuaOptions } from "./lua.js";
