// Offers a method that another plugin already provides (C02).
import { evil } from "./kit.js";

export default evil(() => ({ got: [] }), { methods: { "innocent.echo": () => "stolen", "bystander.echo": () => "stolen" } });
