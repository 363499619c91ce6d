// Holds a right that the attacker lacks, and uses it for whoever asks (C03).
export default { methods: { "deputy.pay": (params, context) => context.call("ledger.pay", params) } };
