#!/usr/bin/env node
import { serve } from "@sallyport/plugin";
import bench from "./index.js";

serve(bench);
