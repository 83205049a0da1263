/** Writes the results of the fault matrix as docs/reliability.md. */
import { availableParallelism, totalmem } from "node:os";
import { nameOf } from "./cell.mjs";
import { FAULTS } from "./faults.mjs";
import { STAGES } from "./stages.mjs";
import { CAP_SECONDS } from "./upstream.mjs";

const HEAD = `# Reliability

What happens to a render when something goes wrong in the middle of it. \`npm run faults\` makes this
page: each *cell* is a fault in a stage of a render. A part of the cells runs with \`npm test\`
(\`__test__/e2e/timed/faults.test.mjs\`). The cells are data in \`__test__/faults/cells/\`.

Of every cell is asserted:

- The render gives the whole file, with the number of frames and the pictures of a render that nothing
  happened to. Or it gives the one error that the cell names, with a code of [errors.md](errors.md) and the
  cause in its message. Where a browser, a page's process or the encoder is lost, only the file will do.
- The process ends within the bound of the fault, counted from the fault; where the page is at fault, from
  the start.
- No process is left two seconds later. They are looked for from outside, by session, by environment and by
  the folder of the render, not by their parents.
- No temporary file is left; after \`kill -9\` of Node none after the next render.
- What was at the destination before is still there, unless a file took its place.

Pictures are compared frame by frame: equal bits, or 38 dB and more where a fresh browser captured in
another way.

Faults that nobody broke a render to find are in [found.md](found.md), with the tests that hold their mends.
`;

const BESIDE = "## Beside the HyperFrames engine\n";

/**
 * @param {import("./cell.mjs").Cell[]} cells
 * @param {string} before the document as it is
 */
export function document(cells, results, beside, deadlines, before) {
  const lines = [HEAD, ...summary(cells, results), ...limits(deadlines)];
  lines.push(...failing(cells, results), ...worst(cells, results), ...byStage(cells, results));
  lines.push(...besides(cells, results, beside, before));
  return `${lines.join("\n")}\n`;
}

const seconds = (value) => `${value.toFixed(1)} s`;
const text = (what) =>
  what
    .replaceAll("|", "\\|")
    .replace(/(?:\/[\w.-]+)+\/(?=[\w.-])/g, "")
    .replace(/`/g, "'");

function summary(cells, results) {
  const of = (test) => cells.filter((cell) => test(results[nameOf(cell)] ?? {})).length;
  const passed = of(({ what, problem, lacking }) => what && !problem && !lacking);
  const failed = of(({ problem }) => problem);
  const skipped = of(({ lacking }) => lacking);
  return [
    "## Result\n",
    "| cells | passed | failed | not possible on the machine | not run | part of `npm test` |",
    "|---|---|---|---|---|---|",
    `| ${cells.length} | ${passed} | ${failed} | ${skipped} | ${cells.length - passed - failed - skipped} | ${cells.filter(({ fast }) => fast).length} |\n`,
    `Measured on ${availableParallelism()} cores with ${Math.round(totalmem() / 2 ** 30)} GiB.\n`,
  ];
}

function limits(deadlines) {
  const named = Object.entries(deadlines).map(([name, ms]) => `\`${name}\` ${Number(ms) / 1000} s`);
  return [
    "Deadlines are shorter than usual, so that a cell takes seconds instead of minutes:",
    `${named.join(", ")}.\n`,
    "How faults are made: signals; small disks of their own (tmpfs) that are filled; `prlimit` on the process",
    "that renders, at what it uses then; a cgroup (v1, `pids` and `memory`) of its own; a mount namespace with a",
    "`/dev/shm` of its own; libfaketime (`apt-get install libfaketime`) for the wall clock of Node's process,",
    "while what measures spans of time goes on. Where one of them is missing, its cells are left out and counted above.\n",
  ];
}

function failing(cells, results) {
  const bad = cells.filter((cell) => results[nameOf(cell)]?.problem);
  if (bad.length === 0) return [];
  const rows = bad.map((cell) => {
    const { problem } = results[nameOf(cell)];
    return `| ${nameOf(cell)} | ${text(problem.split("\n")[0])} | ${cell.failing ?? ""} |`;
  });
  return ["## Failing\n", "| cell | what happens | why |", "|---|---|---|", ...rows, ""];
}

function worst(cells, results) {
  const rows = Object.entries(FAULTS).flatMap(([name, { bound, why }]) => {
    const ran = cells
      .filter(({ fault }) => fault === name)
      .map((cell) => results[nameOf(cell)])
      .filter((result) => result && !result.lacking);
    if (ran.length === 0) return [];
    const time = Math.max(...ran.map((result) => result.seconds));
    const passed = ran.filter(({ problem }) => !problem).length;
    return [`| ${name} | ${passed} of ${ran.length} | ${seconds(time)} | ${bound} s | ${why} |`];
  });
  return [
    "## By fault\n",
    "| fault | passed | worst time to the end | bound | what the bound is made of |",
    "|---|---|---|---|---|",
    ...rows,
    "",
  ];
}

function byStage(cells, results) {
  const sections = Object.entries(STAGES).flatMap(([stage, { seen }]) => {
    const rows = cells
      .filter((cell) => cell.stage === stage)
      .map((cell) => {
        const result = results[nameOf(cell)];
        const name = nameOf({ ...cell, stage: "" }).slice(2);
        if (!result) return `| ${name} | not run | | |`;
        if (result.lacking) return `| ${name} | left out: ${result.lacking} | | |`;
        const what = result.problem ? `**failed**: ${result.what}` : result.what;
        return `| ${name} | ${text(what)} | ${seconds(result.seconds)} | ${result.bound} s |`;
      });
    return [
      `### ${stage[0].toUpperCase()}${stage.slice(1)}\n`,
      `How the stage is known: ${seen}.\n`,
      "| fault | outcome | time to the end | bound |",
      "|---|---|---|---|",
      ...rows,
      "",
    ];
  });
  return ["## By stage\n", ...sections];
}

/** What the document said before: a machine on which that was not run does not know better. */
function keptBesides(before) {
  const at = before.indexOf(BESIDE);
  return at < 0 ? [] : [before.slice(at).trimEnd()];
}

function besides(cells, results, beside, before) {
  const rows = cells
    .filter((cell) => cell.beside && beside[nameOf(cell)])
    .map((cell) => {
      const [ours, theirs] = [results[nameOf(cell)], beside[nameOf(cell)]];
      const own = ours
        ? `${ours.problem ? "**failed**: " : ""}${text(ours.what)} | ${seconds(ours.seconds)}`
        : "not run | ";
      const left = [
        theirs.left > 0 ? `${theirs.left} processes` : "",
        theirs.files > 0 ? `${theirs.files} files` : "",
      ];
      const leaves = left.filter(Boolean).join(", ") || "nothing";
      return `| ${nameOf(cell)} | ${own} | ${text(theirs.what)} | ${seconds(theirs.seconds)} | ${leaves} |`;
    });
  if (rows.length === 0) return keptBesides(before);
  return [
    BESIDE,
    "The same projects, faults and deadlines (it reads the same variables), rendered by `hyperframes render`",
    `0.8.170 without this package; ended by us ${CAP_SECONDS} s after the fault. "Leaves" is what is there two`,
    "seconds after its end. Its stages do not always lie where ours do: it decodes all clips before it captures.\n",
    "| cell | this engine | time | HyperFrames engine | time | leaves |",
    "|---|---|---|---|---|---|",
    ...rows,
    "",
  ];
}
