/** Renders side by side in one process. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { compositionPage } from "../../e2e/support/html.mjs";
import { hashes } from "../../faults/pictures.mjs";
import { Sampler } from "../../load/sampler.mjs";
import { curve, mib, rounded, table } from "../figures.mjs";
import { inWorkspace, lacksCgroups, withMemory } from "../places.mjs";
import { startRounds } from "../rounds.mjs";

const JOBS = 8;
const [WIDTH, HEIGHT, SECONDS, FPS] = [1280, 720, 5, 30];
const ROUND_MS = 10 * 60_000;
/** Process with all memory of the machine, and in cgroups of so many MiB. */
const LIMITS = [undefined, 4096, 2048];
/** What may be left of eight renders, beside what one left. */
const MOST_LEFT_MIB = 48;

function page() {
  return compositionPage({
    title: "Jobs",
    seconds: SECONDS,
    size: [WIDTH, HEIGHT],
    style: `#root { background: linear-gradient(#123, #456); }
      .box { position: absolute; width: 200px; height: 200px; background: #f80; box-shadow: 0 0 30px #0008;
        animation: move ${SECONDS}s linear both; }
      @keyframes move { to { transform: translateX(1000px) rotate(90deg); } }`,
    body: [0, 1, 2].map((at) => `<div class="box" style="top: ${at * 240}px"></div>`).join(""),
  });
}

async function renderMany(ws, under) {
  writeFileSync(join(ws.project, "index.html"), page());
  const render = (at) => ({
    options: { projectDir: ws.project, outputPath: join(ws.out, `${at}.mp4`), fps: FPS },
  });
  const child = startRounds(ws, "renders.mjs", { under });
  try {
    // What is loaded once is loaded before.
    await child.round([render("first")], ROUND_MS);
    const before = rounded(await child.atRest());
    const sampler = new Sampler(child.pid);
    const began = performance.now();
    const answers = await child.round(
      Array.from({ length: JOBS }, (_, at) => render(at)),
      ROUND_MS,
    );
    const seconds = (performance.now() - began) / 1000;
    const most = sampler.stop();
    const after = rounded(await child.atRest());
    return { answers, before, most, after, seconds, samples: sampler.samples.map(rounded) };
  } finally {
    await child.end();
  }
}

function judge(ws, { answers, before, most, after }, budgetMib) {
  const problems = answers
    .filter(({ made }) => !made)
    .map(({ code, message }) => `a render failed: ${code}: ${message}`);
  if (problems.length > 0) return problems;
  const wanted = hashes(join(ws.out, "first.mp4"));
  if (wanted.length !== SECONDS * FPS) problems.push(`${wanted.length} frames`);
  for (let at = 0; at < JOBS; at++) {
    const found = hashes(join(ws.out, `${at}.mp4`));
    if (String(found) !== String(wanted)) problems.push(`file ${at} has other pictures`);
  }
  if (most.mib > budgetMib) problems.push(`${mib(most.mib)} were taken of ${mib(budgetMib)}`);
  if (after.children > 0) problems.push(`${after.children} processes are left`);
  if (after.files > before.files) problems.push(`${after.files - before.files} files stay open`);
  const left = after.ownMib - before.ownMib;
  if (left > MOST_LEFT_MIB) problems.push(`${mib(left)} stay in Node's process`);
  return problems;
}

export const jobs = {
  title: `${JOBS} renders at once in one process`,
  lacks: lacksCgroups,
  about: `${JOBS} calls of \`renderJob\` at once in one Node process, of a page of ${WIDTH}x${HEIGHT} and ${SECONDS * FPS} frames, in the default quality: with the whole machine, and in
cgroups of 4 and 2 GiB. Asserted: all files have the pictures of a render that was alone; the peak of the whole tree (proportional set)
stays below what the ledger lets all renders of a process hold; no process is ended for want of memory, none is left; file descriptors are
as before, resident memory at most ${MOST_LEFT_MIB} MiB more.`,

  async run({ log }) {
    const [runs, problems] = [[], []];
    for (const limitMib of LIMITS) {
      await inWorkspace(async (ws) => {
        const work = (under) => renderMany(ws, under);
        const { result, use } = limitMib
          ? await withMemory(limitMib, work)
          : { result: await work([]) };
        const { answers, samples, ...rest } = result;
        const granted = answers.map((answer) => answer.granted).filter(Boolean);
        const budgetMib = granted[0]?.processMib ?? 0;
        const waited = granted.filter(({ waitedMs }) => waitedMs > 0).length;
        const found = judge(ws, result, budgetMib);
        if (use?.oomKills > 0) found.push(`${use.oomKills} processes were ended`);
        problems.push(...found.map((problem) => `${limitMib ?? "no limit"}: ${problem}`));
        runs.push({ limitMib, budgetMib, waited, use, ...rest, samples });
        log(JSON.stringify({ limitMib, budgetMib, waited, use, ...rest, found }));
      });
    }
    return { problems, runs };
  },

  tables: ({ runs }) =>
    table(
      [
        "cgroup",
        "the ledger's budget",
        "peak of the tree",
        "workers at a time",
        "had to wait",
        "ended for want of memory",
        "Node before",
        "after",
        "time",
      ],
      runs.map(({ limitMib, budgetMib, most, waited, use, before, after, seconds }) => [
        limitMib ? `${limitMib / 1024} GiB` : "none",
        mib(budgetMib),
        mib(most.mib),
        most.browsers,
        `${waited} of ${JOBS}`,
        use ? use.oomKills : "",
        mib(before.ownMib),
        mib(after.ownMib),
        `${seconds.toFixed(1)} s`,
      ]),
    ),

  charts: ({ runs }) =>
    Object.fromEntries(
      runs.map(({ limitMib, budgetMib, samples }) => [
        `endurance-jobs-${limitMib ? `${limitMib / 1024}gib` : "all"}.svg`,
        curve({
          title: `Memory of ${JOBS} renders at once, ${limitMib ? `in ${limitMib / 1024} GiB` : "with the whole machine"}`,
          subtitle: `proportional set sizes; the ledger's budget is ${mib(budgetMib)}`,
          xTitle: "seconds",
          yTitle: "MiB",
          samples,
          x: "seconds",
          lines: { mib: "all processes", browsersMib: "browsers", ownPssMib: "Node" },
        }),
      ]),
    ),
};
