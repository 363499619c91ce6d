import "ses";

/**
 * Freezes the intrinsics of this thread. Every option is given: one that is left out is read from the
 * environment (`LOCKDOWN_*`), which a user or another program could have set.
 */
export function lockDown(): void {
  lockdown({
    // Stacks are kept from guests; `createStackKeeper` has them for the host.
    errorTaming: "safe",
    stackFiltering: "verbose",
    // Other settings of these two end up hiding a guest's error from the host.
    errorTrapping: "none",
    unhandledRejectionTrapping: "none",
    reporting: "none",
    regExpTaming: "safe",
    localeTaming: "safe",
    // The console of a guest is an endowment; the start compartment's own is never given out.
    consoleTaming: "unsafe",
    // decimal.js and big.js assign to properties that frozen prototypes hold.
    overrideTaming: "severe",
    overrideDebug: [],
    domainTaming: "safe",
    evalTaming: "no-eval",
    legacyRegeneratorRuntimeTaming: "safe",
    __hardenTaming__: "safe",
  });
}
