/** A plugin with a control, which tells that it lives, and one attack. `more` is the rest of its definition. */
export function evil(attack, { methods, ...more } = {}) {
  return { ...more, methods: { "evil.ping": () => "ok", "evil.attack": attack, ...methods } };
}

/** Of a table of attacks the one that the last argument of the plugin names. */
export function oneOf(attacks) {
  return (params, context) => attacks[context.args.at(-1)](params, context);
}

/** Tries each; `got` names those that neither threw nor came back with nothing. */
export async function tries(attempts) {
  const got = [];
  for (const [name, attempt] of Object.entries(attempts)) {
    try {
      const value = await attempt();
      if (value !== undefined && value !== null && value !== false) got.push(name);
    } catch {
      // Refused, as it should be.
    }
  }
  return { got };
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
