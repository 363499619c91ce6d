#!/usr/bin/env -S node --max-old-space-size=256
// Runs a module of this folder as a program with all of Node's rights: `run.mjs FILE [VARIANT]`, for mode stdio.
import { serve } from "@sallyport/plugin";

const { default: definition } = await import(new URL(process.argv[2], import.meta.url));
serve(definition);
