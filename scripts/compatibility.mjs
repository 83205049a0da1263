/** Writes the tables of options into `docs/compatibility.md`, from the build in `dist`. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { OPTIONS, optionTables } from "../dist/options/table.js";
import { ROOT } from "./lib/run.mjs";

const FILE = join(ROOT, "docs", "compatibility.md");
const [START, END] = ["<!-- options: npm run compatibility -->\n\n", "\n<!-- end of options -->"];

const text = readFileSync(FILE, "utf8");
const from = text.indexOf(START);
const to = text.indexOf(END);
if (from < 0 || to < from) throw new Error(`${FILE} has no place for the options`);
writeFileSync(FILE, text.slice(0, from + START.length) + optionTables() + text.slice(to));

const counts = {};
for (const { treatment } of OPTIONS) counts[treatment] = (counts[treatment] ?? 0) + 1;
console.log(`${OPTIONS.length} options: ${JSON.stringify(counts)}`);
