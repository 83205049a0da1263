#!/usr/bin/env node
import { main } from "../dist/cli/wrapper.js";

await main(process.argv.slice(2));
