#!/usr/bin/env node
// The same plugin as a program of its own, for mode stdio: { "path": "plugins/javascript/main.js", "mode": "stdio" }.
import { serve } from "@sallyport/plugin";
import demo from "./index.js";

serve(demo);
