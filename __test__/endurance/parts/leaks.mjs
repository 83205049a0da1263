/** A page that keeps more with every frame. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { leakingPage } from "../../e2e/support/leaking.mjs";
import { startFacade } from "../../e2e/support/run.mjs";
import { hashes } from "../../faults/pictures.mjs";
import { Sampler } from "../../load/sampler.mjs";
import { curve, mib, rounded, table } from "../figures.mjs";
import { inWorkspace, lacksCgroups, withMemory } from "../places.mjs";

const [FPS, SECONDS, MIB_A_FRAME] = [30, 6, 20];
const FRAMES = FPS * SECONDS;
const LONGEST_MS = 10 * 60_000;
const LIMITS = [4096, 2048];
const OFTEN_MS = 100;

async function renderPage(ws, mibAFrame, under) {
  writeFileSync(join(ws.project, "index.html"), leakingPage({ seconds: SECONDS, mibAFrame }));
  const outputPath = join(ws.out, `${mibAFrame}-${under.length}.mp4`);
  const options = { projectDir: ws.project, outputPath, quality: "draft", fps: FPS };
  const running = startFacade(ws, { options, tell: true }, { timeoutMs: LONGEST_MS, under });
  const sampler = new Sampler(running.child.pid, OFTEN_MS);
  const { result, error, process: end } = await running.outcome.finally(() => sampler.stop());
  return {
    file: outputPath,
    error: error && `${error.code}: ${error.message}`,
    restarts: (end.text.match(/in a fresh browser: (?!the one before held)/g) ?? []).length,
    renewed: result?.perfSummary.native.browsersRenewed,
    budgetMib: result?.perfSummary.native.budget.totalMib,
    workers: result?.perfSummary.workers,
    seconds: end.ms / 1000,
    samples: sampler.samples.map(rounded),
  };
}

export const leaks = {
  title: "A page that keeps more with every frame",
  lacks: lacksCgroups,
  about: `A page of 320x180 whose script keeps ${MIB_A_FRAME} MiB more with each of ${FRAMES} frames (${(FRAMES * MIB_A_FRAME) / 1024} GiB in all), in cgroups of 4 and 2 GiB. The engine watches
its browsers and replaces one between two frames before it grows out of its share ([ARCHITECTURE.md](../ARCHITECTURE.md#capture)). Asserted: all frames, the pictures of
the same page that keeps nothing; browsers were replaced; none died, and no process was ended for want of memory.`,

  run: ({ log }) =>
    inWorkspace(async (ws) => {
      const [runs, problems] = [[], []];
      const { file: wanted } = await renderPage(ws, 0, []);
      const like = hashes(wanted);
      for (const limitMib of LIMITS) {
        const work = (under) => renderPage(ws, MIB_A_FRAME, under);
        const { result: run, use } = await withMemory(limitMib, work);
        const found = [];
        if (run.error) found.push(run.error);
        else if (String(hashes(run.file)) !== String(like)) found.push("other pictures");
        if (use.oomKills > 0) found.push(`${use.oomKills} processes were ended`);
        if (run.restarts > 0) found.push(`${run.restarts} browsers died`);
        if (!run.renewed) found.push("no browser was replaced");
        problems.push(...found.map((problem) => `${limitMib} MiB: ${problem}`));
        const { file, ...kept } = run;
        runs.push({ limitMib, use, ...kept });
        log(JSON.stringify({ limitMib, use, ...kept, samples: undefined, found }));
      }
      return { problems, runs };
    }),

  tables: ({ runs }) =>
    table(
      [
        "cgroup",
        "finished",
        "browsers replaced",
        "died",
        "workers",
        "most of the browsers",
        "peak of the cgroup: held",
        "ended for want of memory",
        "time",
      ],
      runs.map(({ limitMib, error, renewed, restarts, workers, samples, use, seconds }) => [
        `${limitMib / 1024} GiB`,
        error ? "**no**" : "yes",
        renewed ?? "",
        restarts,
        workers ?? "",
        mib(Math.max(...samples.map(({ browsersMib }) => browsersMib))),
        mib(use.heldMib),
        use.oomKills,
        `${seconds.toFixed(1)} s`,
      ]),
    ),

  charts: ({ runs }) =>
    Object.fromEntries(
      runs.map(({ limitMib, samples }) => [
        `endurance-leaks-${limitMib / 1024}gib.svg`,
        curve({
          title: `Memory of a page that keeps ${MIB_A_FRAME} MiB with every frame, in ${limitMib / 1024} GiB`,
          subtitle:
            "proportional set sizes; a browser is replaced before it grows out of its share",
          xTitle: "seconds",
          yTitle: "MiB",
          samples,
          x: "seconds",
          lines: { browsersMib: "browsers", ownPssMib: "Node" },
        }),
      ]),
    ),
};
