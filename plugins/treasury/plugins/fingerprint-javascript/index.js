import { definePlugin } from "@sallyport/plugin";
import { fingerprint } from "./fingerprint.js";

export default definePlugin({
  methods: { "fingerprint.of": { idempotent: true, handler: ({ text }) => fingerprint(new TextEncoder().encode(text)) } },
});
