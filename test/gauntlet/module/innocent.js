// Behaves: what the others must not be able to disturb.
export default { methods: { "innocent.echo": (params) => params } };
