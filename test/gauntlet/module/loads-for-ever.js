// Never ends to be loaded.
import { evil } from "./kit.js";

for (;;);
// eslint-disable-next-line no-unreachable
export default evil(() => ({ got: [] }));
