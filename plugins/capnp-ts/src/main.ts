import { capnpCodec } from "@sallyport/capnp";
import { serve } from "@sallyport/plugin";
// oxlint-disable-next-line eslint/no-restricted-imports -- the plugin of the folder beside, which is no package
import demo from "../../typescript/src/index.js";

serve(demo, { codec: capnpCodec });
