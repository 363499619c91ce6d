#!/usr/bin/env node
import { serve } from "@sallyport/plugin";
import listener from "./index.js";

serve(listener);
