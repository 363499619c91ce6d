// Announces methods whose names would deceive whoever reads them.
import { evil } from "./kit.js";

export default evil(() => ({ got: [] }), { methods: Object.fromEntries(["evil.\u202egro.live", "\u001b[2Jevil", "innocent.echo", "$init", "ledger.pay", "a..b", "", "x".repeat(1000)].map((name) => [name, () => "stolen"])) });
