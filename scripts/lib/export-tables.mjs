/** The table of exports in `docs/compatibility.md`, from the build in `dist`. */
import * as distributed from "../../dist/distributed.js";
import * as producer from "../../dist/exports/producer.js";
import * as server from "../../dist/server.js";
import { isHandedOn } from "../../dist/upstream/hand-on.js";

/** What this package has of its own in the place of upstream's; the rest of its index is new. */
const OWN = [
  "RenderCancelledError",
  "RenderQualityError",
  "createConsoleLogger",
  "createRenderJob",
  "defaultLogger",
  "executeRenderJob",
  "startServer",
];

/** One row for each entry and treatment, in Markdown. */
export function exportTable() {
  const rows = [
    ["`.`", "own", OWN],
    ...rowsOf("`.`", producer),
    ...rowsOf("`./server`", server),
    ...rowsOf("`./distributed`", distributed),
  ];
  const lines = rows.map(([entry, treatment, names]) => {
    const list = names.map((name) => `\`${name}\``).join(", ");
    return `| ${entry} | ${treatment} | ${list} |`;
  });
  return `| entry | here | exports |\n|---|---|---|\n${lines.join("\n")}\n`;
}

function rowsOf(entry, module) {
  const groups = { own: [], constant: [], "handed on": [] };
  for (const [name, value] of Object.entries(module)) groups[treatmentOf(value)].push(name);
  return Object.entries(groups)
    .filter(([, names]) => names.length > 0)
    .map(([treatment, names]) => [entry, treatment, names.sort()]);
}

function treatmentOf(value) {
  if (isHandedOn(value)) return "handed on";
  return typeof value === "function" ? "own" : "constant";
}
