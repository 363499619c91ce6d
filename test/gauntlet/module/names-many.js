// Announces a hundred thousand methods.
import { evil } from "./kit.js";

export default evil(() => ({ got: [] }), { methods: Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`evil.method${i}`, () => i])) });
