/** Large pictures in little memory. */
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clipFile } from "../../../scripts/lib/media-files.mjs";
import { compositionPage, element, timed, video } from "../../e2e/support/html.mjs";
import { startFacade } from "../../e2e/support/run.mjs";
import { makeSound } from "../../e2e/support/sound.mjs";
import { hashes, likeness } from "../../faults/pictures.mjs";
import { Sampler } from "../../load/sampler.mjs";
import { curve, mib, rounded, table } from "../figures.mjs";
import { inWorkspace, lacksCgroups, withMemory } from "../places.mjs";

const FPS = 30;
const SECONDS = 2.5;
const LONGEST_MS = 10 * 60_000;
const SIZES = { "1080p": [1920, 1080], "4K": [3840, 2160] };
const QUALITIES = ["draft", "standard"];
/** MiB; without a number the whole machine. */
const LIMITS = [undefined, 8192, 4096, 2048];
/** MiB in which 4K may not fit. A render of it gives the film, or says that memory ran out. */
const TOO_LITTLE = 1024;
/** Least likeness of pictures whose bits differ: the encoder's threads depend on nothing that is limited here. */
const LEAST_DB = 45;

/** Renders whose memory is drawn over time, and which are also given too little. */
const isDrawn = ({ name, quality }) => name === "4K" && quality === "standard";

/** Elements that move, a film that fills half of the page, and sound. */
function page([width, height]) {
  const unit = width / 24;
  return compositionPage({
    title: "Limits",
    seconds: SECONDS,
    size: [width, height],
    style: `#root { background: linear-gradient(120deg, #123, #264); color: #fff; font: ${unit}px sans-serif; }
      .card { position: absolute; width: ${4 * unit}px; height: ${3 * unit}px; background: #f80;
        box-shadow: 0 0 ${unit / 2}px #0008; animation: move ${SECONDS}s linear both; }
      @keyframes move { to { transform: translate(${12 * unit}px, ${unit}px) rotate(20deg); } }
      video { position: absolute; right: 0; bottom: 0; width: 50%; height: 50%; }`,
    body: [
      ...[0, 1, 2, 3].map((i) =>
        element(
          "div",
          { class: "card", style: `left: ${i * unit}px; top: ${i * 3 * unit}px` },
          `${i}`,
        ),
      ),
      video("film", "film.mp4", timed(SECONDS, 1)),
      element("audio", { id: "tone", src: "tone.wav", ...timed(SECONDS, 2) }),
    ].join("\n"),
  });
}

async function put(ws, size) {
  writeFileSync(join(ws.project, "index.html"), page(size));
  const spec = { file: "film.mp4", clip: 1, size: size.join("x"), fps: String(FPS), seconds: 3 };
  copyFileSync(await clipFile(spec), join(ws.project, "film.mp4"));
  makeSound(join(ws.project, "tone.wav"), "sine=duration=3");
}

/** Renders a project under a limit, and says what it took. */
async function renderUnder(ws, name, quality, limitMib) {
  const outputPath = join(ws.out, `${name}-${quality}-${limitMib ?? "all"}.mp4`);
  const options = { projectDir: ws.project, outputPath, quality, fps: FPS };
  const render = async (under) => {
    const running = startFacade(ws, { options }, { timeoutMs: LONGEST_MS, under });
    const sampler = new Sampler(running.child.pid);
    const outcome = await running.outcome.catch((error) => ({ error, process: { ms: 0 } }));
    return { ...outcome, peak: sampler.stop(), samples: sampler.samples.map(rounded) };
  };
  const { result: made, use } = limitMib
    ? await withMemory(limitMib, render)
    : { result: await render([]), use: undefined };
  const { result, error, peak, samples, process: end } = made;
  const { workers, native } = result?.perfSummary ?? {};
  return {
    name,
    quality,
    limitMib,
    file: outputPath,
    error: error && `${error.code ?? ""}: ${error.message}`,
    seconds: end.ms / 1000,
    workers,
    budgetMib: native?.budget.totalMib,
    lane: native?.lane,
    pssMib: peak.mib,
    samples: isDrawn({ name, quality }) ? samples : undefined,
    use,
  };
}

/** What is wrong with a render, compared with the one that had all memory. */
function judge(run, whole) {
  const named = `${run.name}, ${run.quality}, ${run.limitMib ?? "no limit"}`;
  if (run.limitMib === TOO_LITTLE && run.error?.startsWith("HF_NATIVE_MEMORY")) return [];
  if (run.error) return [`${named}: ${run.error}`];
  const problems = [];
  if (run.use?.oomKills > 0) problems.push(`${named}: ${run.use.oomKills} processes were ended`);
  const frames = hashes(run.file);
  if (frames.length !== SECONDS * FPS) problems.push(`${named}: ${frames.length} frames`);
  const wanted = hashes(whole.file);
  run.equal = frames.every((hash, at) => hash === wanted[at]);
  run.db = run.equal ? undefined : likeness(run.file, whole.file);
  if (run.db < LEAST_DB) problems.push(`${named}: pictures are ${run.db.toFixed(1)} dB alike`);
  return problems;
}

export const limits = {
  title: "Little memory",
  lacks: lacksCgroups,
  about: `Renders of ${SECONDS * FPS} frames with moving elements, a film of the page's own size on half of it, and sound, in
cgroups (version 1, \`memory\`) of 2, 4 and 8 GiB; swap counts as memory, and the machine has none. Asserted: all
finish, no process is ended for want of memory, pictures are those of the render that had the whole machine (equal, or
at least ${LEAST_DB} dB alike). In ${TOO_LITTLE / 1024} GiB, 4K gives the film or the error \`HF_NATIVE_MEMORY\`.`,

  async run({ log }) {
    const [runs, problems] = [[], []];
    for (const [name, size] of Object.entries(SIZES)) {
      for (const quality of QUALITIES) {
        await inWorkspace(async (ws) => {
          await put(ws, size);
          let whole;
          const given = isDrawn({ name, quality }) ? [...LIMITS, TOO_LITTLE] : LIMITS;
          for (const limitMib of given) {
            const run = await renderUnder(ws, name, quality, limitMib);
            whole ??= run;
            problems.push(...judge(run, whole));
            const { file, ...kept } = run;
            log(JSON.stringify({ ...kept, samples: undefined }));
            runs.push(kept);
          }
        });
      }
    }
    return { problems, runs };
  },

  tables: ({ runs }) =>
    table(
      [
        "render",
        "cgroup",
        "finished",
        "pictures",
        "workers",
        "budget",
        "peak, proportional",
        "peak of the cgroup: held",
        "with files in memory",
        "ended for want of memory",
        "time",
      ],
      runs.map(
        ({
          name,
          quality,
          limitMib,
          error,
          equal,
          db,
          workers,
          budgetMib,
          pssMib,
          use,
          seconds,
        }) => [
          `${name}, ${quality}`,
          limitMib ? `${limitMib / 1024} GiB` : "none",
          error ? `**no**: \`${error.split(":")[0]}\`` : "yes",
          equal ? "equal" : db ? `${db.toFixed(1)} dB` : "",
          workers ?? "",
          budgetMib ? mib(budgetMib) : "",
          mib(pssMib),
          use ? mib(use.heldMib) : "",
          use ? mib(use.peakMib) : "",
          use ? use.oomKills : "",
          `${seconds.toFixed(1)} s`,
        ],
      ),
    ),
  charts: ({ runs }) =>
    Object.fromEntries(
      runs
        .filter(({ samples }) => samples)
        .map(({ name, quality, limitMib, samples }) => {
          const place = limitMib ? `in ${limitMib / 1024} GiB` : "with the whole machine";
          const file = `endurance-limits-${limitMib ? `${limitMib / 1024}gib` : "all"}.svg`;
          const chart = curve({
            title: `Memory of a render in ${name}, quality ${quality}, ${place}`,
            subtitle: "proportional set sizes",
            xTitle: "seconds",
            yTitle: "MiB",
            samples,
            x: "seconds",
            lines: { mib: "all", browsersMib: "browsers", ffmpegMib: "ffmpeg", ownPssMib: "Node" },
          });
          return [file, chart];
        }),
    ),
};
