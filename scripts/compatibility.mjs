/** Writes the tables into `docs/compatibility.md`, from the build in `dist`. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { OPTIONS, optionTables } from "../dist/options/table.js";
import { exportTable } from "./lib/export-tables.mjs";
import { ROOT } from "./lib/run.mjs";

const FILE = join(ROOT, "docs", "compatibility.md");

/** Puts a table between the marks of its section. */
function withTable(text, section, table) {
  const [start, end] = [
    `<!-- ${section}: npm run compatibility -->\n\n`,
    `\n<!-- end of ${section} -->`,
  ];
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${FILE} has no place for the ${section}`);
  return text.slice(0, from + start.length) + table + text.slice(to);
}

const options = withTable(readFileSync(FILE, "utf8"), "options", optionTables());
writeFileSync(FILE, withTable(options, "exports", exportTable()));

const counts = {};
for (const { treatment } of OPTIONS) counts[treatment] = (counts[treatment] ?? 0) + 1;
console.log(`${OPTIONS.length} options: ${JSON.stringify(counts)}`);
