// Behaves, and is there only to come and go.
export default { methods: { "pair.echo": (params) => params } };
