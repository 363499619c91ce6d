import process from "node:process";
import { json } from "node:stream/consumers";

process.stdout.write(JSON.stringify(await json(process.stdin)));
