import { capnpCodec } from "@sallyport/capnp";
import { serve } from "@sallyport/plugin";
import demo from "../../typescript/src/index.js";

serve(demo, { codec: capnpCodec });
