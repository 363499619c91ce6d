// Behaves, in another mode than the attacker's.
export default { methods: { "bystander.echo": (params) => params } };
