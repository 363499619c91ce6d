// Hides code behind HTML comments, which only some parsers know (S08).
<!-- import("node:fs")
module.exports = { methods: { "evil.ping": () => "ok", "evil.attack": () => ({ got: typeof import.meta === "object" ? ["import.meta"] : [] }) } };
--> import("node:fs")
