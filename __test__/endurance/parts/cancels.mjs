/** Renders that are cancelled at random moments: whether anything is left of them. */
import { join } from "node:path";
import { numbers } from "../../e2e/support/numbers.mjs";
import { writeProject } from "../../e2e/support/project.mjs";
import { curve, mib, rounded, table } from "../figures.mjs";
import { inWorkspace } from "../places.mjs";
import { judgeRest, startRounds } from "../rounds.mjs";

const RENDERS = Number(process.env.ENDURANCE_CANCELS ?? 500);
const AT_ONCE = 10;
const SEED = 20_261_127;
/** The last of a round may still wait for memory or cores by then, others have ended. */
const LATEST_MS = 3000;
const ROUND_MS = 120_000;
/** From the second quarter to the last. */
const MOST_GROWTH_MIB = 16;

/** What the renders of a round came to. */
function count(totals, answers, problems) {
  for (const { made, name, code, message } of answers) {
    if (made) totals.made += 1;
    else if (name === "RenderCancelledError") totals.cancelled += 1;
    else problems.push(`a render ended with ${code ?? name}: ${message}`);
  }
}

export const cancels = {
  title: `${RENDERS} cancelled renders`,
  about: `One process renders a page of one second, ${AT_ONCE} times at once in each of ${RENDERS / AT_ONCE} rounds, and each render is cancelled at
a random moment (seed ${SEED}) of its first ${LATEST_MS / 1000} s. After each round, once its processes are gone, the process is
looked at. Asserted: every render ends with a file or as cancelled; medians of the second and the last quarter differ by
at most ${MOST_GROWTH_MIB} MiB of resident memory, and by no file descriptor and no thread; no process and no temporary file is left.`,

  run: ({ log }) =>
    inWorkspace(async (ws) => {
      writeProject(ws, { seconds: 1 });
      const random = numbers(SEED);
      const [problems, samples, totals] = [[], [], { made: 0, cancelled: 0 }];
      const child = startRounds(ws, "renders.mjs");
      const began = performance.now();
      try {
        for (let round = 0; round < RENDERS / AT_ONCE; round++) {
          const work = Array.from({ length: AT_ONCE }, (_, at) => ({
            options: {
              projectDir: ws.project,
              outputPath: join(ws.out, `${at}.mp4`),
              quality: "draft",
            },
            cancelAfterMs: Math.round(random() * LATEST_MS),
          }));
          count(totals, await child.round(work, ROUND_MS), problems);
          const sample = rounded({ renders: (round + 1) * AT_ONCE, ...(await child.atRest()) });
          samples.push(sample);
          if (round % 5 === 0) log(JSON.stringify(sample));
        }
      } finally {
        await child.end();
      }
      const judged = judgeRest(samples, ws.leftovers(), MOST_GROWTH_MIB);
      problems.push(...judged.problems);
      const seconds = (performance.now() - began) / 1000;
      return { problems, seconds, totals, figures: judged.figures, samples };
    }),

  tables: ({ totals, figures, samples, seconds }) =>
    table(
      ["", "after the first round", "second quarter", "last quarter", "most at any time"],
      [
        [
          "resident memory",
          mib(samples[0].ownMib),
          mib(figures.ownMib.second),
          mib(figures.ownMib.last),
          mib(figures.ownMib.most),
        ],
        ...["files", "threads"].map((name) => [
          name === "files" ? "file descriptors" : "threads",
          samples[0][name],
          figures[name].second,
          figures[name].last,
          figures[name].most,
        ]),
      ],
      `${totals.cancelled} were cancelled, ${totals.made} had ended before; ${Math.round(seconds)} s.`,
    ),

  charts: ({ samples }) => ({
    "endurance-cancels.svg": curve({
      title: `Memory of a process in which ${RENDERS} renders are cancelled`,
      subtitle: "read after each round of ten, at rest",
      xTitle: "renders",
      yTitle: "MiB, number",
      samples,
      x: "renders",
      lines: { ownMib: "resident memory, MiB", files: "file descriptors", threads: "threads" },
    }),
  }),
};
