#!/usr/bin/env node
// Committed rather than built: npm links a bin only if its file exists, and a fresh clone is linked before it is built.
import "../dist/bin.js";
