#!/usr/bin/env node
/** Draws docs/memory.svg: what renders took at most, beside their budgets, from the table of docs/endurance.md. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { short, svgFile, svgText } from "../dist/bench/svg.js";
import { ROOT } from "./lib/run.mjs";

/** Where the picture is kept, from the repository's root on. */
export const PICTURE = "docs/memory.svg";
const [WIDTH, LABELS, VALUES, TOP, BAR] = [860, 190, 190, 84, 15];
const [BUDGET, WITHIN, BEYOND] = ["#dbe4ee", "#2563eb", "#c2410c"];

/**
 * @param {string} text of docs/endurance.md
 * @returns {{ render: string, room: string, budgetMib: number, peakMib: number, finished: boolean }[]}
 *   the rows of "Little memory" that ran in a cgroup
 */
export function limitsOf(text) {
  const from = text.indexOf("\n## Little memory\n");
  const section = text.slice(from, text.indexOf("\n## ", from + 1));
  return [...section.matchAll(/^\| (\dK|\d+p), (\w+) \| (\d+ GiB) \| (.*) \|$/gm)].map(
    ([, size, quality, room, rest]) => {
      const [finished, , , budget, peak] = rest.split("|").map((cell) => cell.trim());
      return {
        render: `${size}, ${quality}`,
        room,
        budgetMib: Number.parseInt(budget, 10),
        peakMib: Number.parseInt(peak, 10),
        finished: finished === "yes",
      };
    },
  );
}

/** @returns {string} the picture of the table as it is */
export function drawMemory() {
  const rows = limitsOf(readFileSync(join(ROOT, "docs", "endurance.md"), "utf8"));
  if (rows.length === 0) throw new Error('docs/endurance.md has no rows of "Little memory"');
  // Without a plan there is no budget; the container still has one.
  const budgetOf = (row) => row.budgetMib || Number.parseInt(row.room, 10) * 512;
  const most = Math.max(...rows.flatMap((row) => [budgetOf(row), row.peakMib]));
  const length = (mib) => short((mib / most) * (WIDTH - LABELS - VALUES));
  const elements = [
    svgText(16, 26, "Budget and highest use of a render", 'font-size="17" font-weight="700"'),
    svgText(
      16,
      45,
      "75 frames with a film and sound in containers of 2, 4 and 8 GiB (endurance.md)",
    ),
    ...legend(),
  ];
  let y = TOP;
  for (const [index, row] of rows.entries()) {
    if (index > 0 && rows[index - 1].render !== row.render) y += 12;
    const colour = row.peakMib > budgetOf(row) ? BEYOND : WITHIN;
    const said = row.finished ? `${row.peakMib} of ${budgetOf(row)} MiB` : "ended: too little";
    const end = LABELS + Math.max(length(budgetOf(row)), length(row.peakMib)) + 8;
    elements.push(
      svgText(LABELS - 10, y + 12, `${row.render}: ${row.room}`, 'text-anchor="end"'),
      `<rect x="${LABELS}" y="${y}" width="${length(budgetOf(row))}" height="${BAR}" fill="${BUDGET}"/>`,
      `<rect x="${LABELS}" y="${y + 4}" width="${length(row.peakMib)}" height="${BAR - 8}" fill="${colour}"/>`,
      svgText(end, y + 12, said, row.finished ? "" : 'font-weight="700"'),
    );
    y += BAR + 5;
  }
  return svgFile(WIDTH, y + 10, elements);
}

function legend() {
  const entries = [
    [BUDGET, "budget: half of the container"],
    [WITHIN, "highest use, all processes"],
    [BEYOND, "the same, beyond the budget"],
  ];
  return entries.flatMap(([colour, name], index) => [
    `<rect x="${16 + 230 * index}" y="57" width="12" height="12" fill="${colour}"/>`,
    svgText(34 + 230 * index, 67, name),
  ]);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  writeFileSync(join(ROOT, PICTURE), drawMemory());
  console.log(`written to ${PICTURE}`);
}
