import { getQuickJS } from "quickjs-emscripten";

/** @type {import("../src/contender.js").Open} */
export async function open() {
  const context = (await getQuickJS()).newContext();
  const echo = context.unwrapResult(context.evalCode("(json) => JSON.stringify(JSON.parse(json))"));
  return {
    async echo(value) {
      const json = context.newString(JSON.stringify(value));
      const result = context.unwrapResult(context.callFunction(echo, context.undefined, json));
      const answer = JSON.parse(context.getString(result));
      json.dispose();
      result.dispose();
      return answer;
    },
    async close() {
      echo.dispose();
      context.dispose();
    },
  };
}
