/** Threads that load the addon, use it and end: whether anything is left of them. */
import { join } from "node:path";
import { numbers } from "../../e2e/support/numbers.mjs";
import { writeProject } from "../../e2e/support/project.mjs";
import { facade } from "../../e2e/support/run.mjs";
import { curve, mib, rounded, table } from "../figures.mjs";
import { inWorkspace } from "../places.mjs";
import { judgeRest, startRounds } from "../rounds.mjs";

const AT_ONCE = 2;
const SEED = 200;
const ROUND_MS = 120_000;
/** When a thread is ended in the middle of a render, from the moment its frames begin. */
const LATEST_MS = 1500;
/** From the second quarter to the last. */
const MOST_GROWTH_MIB = 24;

/** What threads do, in turn, and how they end then. */
const KINDS = {
  "draws a transition": () => ({ kind: "blend" }),
  "makes a pool for transitions and leaves it open": () => ({ kind: "pool" }),
  "renders a page": (options) => ({ kind: "render", options }),
  "is terminated while it renders": (options, ms) => ({
    kind: "render",
    options,
    terminateAfterMs: ms,
  }),
  "ends itself (`process.exit`) while it renders": (options, ms) => ({
    kind: "render",
    options,
    exitAfterMs: ms,
  }),
};
const NAMES = Object.keys(KINDS);

/** Processes in which threads are started: how many, and what their first thread does. */
const PROCESSES = {
  unloaded: { threads: Number(process.env.ENDURANCE_THREADS ?? 200), args: [] },
  shared: { threads: Number(process.env.ENDURANCE_THREADS ?? 100), args: ["loaded"] },
};

/** Whether a thread ended as it should. */
function isRight(name, { done, error, code }) {
  if (error) return false;
  if (/ends itself/.test(name)) return [0, 7].includes(code);
  return /terminated/.test(name) || done === true;
}

/** Whole files are left by threads that are terminated: nothing of theirs runs any more then. */
const isOfCompile = (path) => /^tmp\/hyperframes-native-/.test(path);

async function runThreads(ws, { threads: count, args }, log) {
  const random = numbers(SEED);
  const [problems, samples] = [[], []];
  const child = startRounds(ws, "threads.mjs", { args });
  const began = performance.now();
  let before;
  try {
    before = rounded(await child.atRest());
    for (let begun = 0; begun < count; begun += AT_ONCE) {
      const names = Array.from({ length: AT_ONCE }, (_, at) => NAMES[(begun + at) % NAMES.length]);
      const work = names.map((name, at) => {
        const outputPath = join(ws.out, `${at}.mp4`);
        const options = { projectDir: ws.project, outputPath, quality: "draft" };
        return KINDS[name](options, random() * LATEST_MS);
      });
      const answers = await child.round(work, ROUND_MS);
      answers.forEach((answer, at) => {
        if (!isRight(names[at], answer)) problems.push(`${names[at]}: ${JSON.stringify(answer)}`);
      });
      const sample = rounded({ begun: begun + AT_ONCE, ...(await child.atRest()) });
      samples.push(sample);
      if (begun % 10 === 0) log(JSON.stringify(sample));
    }
  } finally {
    await child.end();
  }
  // The next render removes what processes left that have ended.
  const options = {
    projectDir: ws.project,
    outputPath: join(ws.out, "next.mp4"),
    quality: "draft",
  };
  const ended = ws.leftovers().filter(isOfCompile).length;
  const { error } = await facade(ws, { options });
  if (error) problems.push(`the next render fails: ${error.message}`);
  const judged = judgeRest(samples, ws.leftovers(), MOST_GROWTH_MIB);
  problems.push(...judged.problems);
  const seconds = (performance.now() - began) / 1000;
  return { problems, seconds, before, ended, figures: judged.figures, samples };
}

export const threads = {
  title: "Threads that load the addon",
  about: `One process starts ${PROCESSES.unloaded.threads} threads (\`worker_threads\`), ${AT_ONCE} at once. Its first thread does not load the addon, so that its
runtime begins and ends with the threads; ${PROCESSES.shared.threads} more run in a process whose first thread has loaded it, too. In turn a thread
${NAMES.join(", ")}; the last two up to ${LATEST_MS / 1000} s after their first
message about frames (seed ${SEED}). Once the processes of both are gone, the process is looked at. Asserted: all that was begun and not ended is done;
medians of the second and the last quarter differ by at most ${MOST_GROWTH_MIB} MiB of resident memory, and by no file descriptor and no
thread of the system; no process is left; the next render leaves no temporary file. (A thread that is terminated cannot remove the folder of its
compile stage: the next process does.)`,

  async run({ log }) {
    const [runs, problems] = [{}, []];
    for (const [name, how] of Object.entries(PROCESSES)) {
      await inWorkspace(async (ws) => {
        writeProject(ws, { seconds: 2 });
        runs[name] = await runThreads(ws, how, (line) => log(`${name} ${line}`));
        problems.push(...runs[name].problems.map((problem) => `${name}: ${problem}`));
      });
    }
    return { problems, runs };
  },

  tables: ({ runs }) =>
    Object.entries(runs).flatMap(([name, { before, figures, samples, seconds }]) => [
      name === "unloaded"
        ? "The first thread has not loaded the addon:\n"
        : "The first thread has loaded it:\n",
      ...table(
        [
          "",
          "before the first",
          "second quarter",
          "last quarter",
          "most at any time",
          "at the end",
        ],
        [
          ["resident memory", "ownMib", mib],
          ["file descriptors", "files", String],
          ["threads", "threads", String],
        ].map(([title, field, shown]) => {
          const { second, last, most } = figures[field];
          const values = [before[field], second, last, most, samples.at(-1)[field]];
          return [title, ...values.map(shown)];
        }),
        `${samples.at(-1).begun} threads in ${Math.round(seconds)} s.`,
      ),
    ]),

  charts: ({ runs: { unloaded } }) => ({
    "endurance-threads.svg": curve({
      title: `Memory of a process in which ${unloaded.samples.at(-1).begun} threads load the addon`,
      subtitle: "read after each two, at rest",
      xTitle: "threads",
      yTitle: "MiB, number",
      samples: unloaded.samples,
      x: "begun",
      lines: {
        ownMib: "resident memory, MiB",
        files: "file descriptors",
        threads: "threads of the system",
      },
    }),
  }),
};
