export { createAudit, type Audit, type AuditChange, type AuditOptions } from "./audit/audit.js";
export type { AuditConfig } from "./audit/options.js";
export { verifyAudit, type Verified, type VerifyOptions } from "./audit/verify.js";
export type { Finding } from "./audit/verify-lines.js";
export { createHost, type HostOptions, type InlinePlugins, type Provided } from "./host.js";
export type { HostConfig, PluginConfig } from "./config/types.js";
export { composeHooks } from "./hooks.js";
export type { MetricsConfig } from "./metrics/options.js";
