/** A very long render: whether memory stays where it is. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { compositionPage } from "../../e2e/support/html.mjs";
import { startFacade } from "../../e2e/support/run.mjs";
import { Sampler } from "../../load/sampler.mjs";
import { curve, framesOf, growth, mib, rounded, table } from "../figures.mjs";
import { inWorkspace } from "../places.mjs";

const FRAMES = Number(process.env.ENDURANCE_SOAK_FRAMES ?? 100_000);
const FPS = 30;
const EVERY_MS = 5000;
const LONGEST_MS = 45 * 60_000;
/** From the second quarter of the samples to the last one; samples of one render lie so far apart anyway. */
const MOST_GROWTH = { ownMib: 16, browsersMib: 48 };
/** The same from the third quarter on: V8's heap takes half of the render to become as large as it does. */
const MOST_LATE_MIB = 16;

/** Something moves in every frame, scripts make objects and text in every frame. */
function page() {
  return compositionPage({
    title: "Soak",
    seconds: FRAMES / FPS,
    style: `#root { background: #123; color: #fff; font: 24px sans-serif; }
      #box { position: absolute; top: 70px; width: 40px; height: 40px; background: #f80;
        animation: move 4s ease-in-out infinite alternate; }
      @keyframes move { to { transform: translateX(280px) rotate(90deg); } }
      #rows { position: absolute; left: 8px; bottom: 4px; }`,
    body: '<div id="box"></div><div id="rows"></div>',
    after: `<script>
      addEventListener("hf-seek", ({ detail }) => {
        const facts = Array.from({ length: 200 }, (_, i) => ({ i, at: detail.time, name: "row " + i }));
        const row = document.createElement("span");
        row.textContent = facts[199].name + " " + detail.time.toFixed(2);
        document.getElementById("rows").replaceChildren(row);
      });
    </script>`,
  });
}

export const soak = {
  title: `${FRAMES.toLocaleString("en")} frames`,
  about: `A page of 320x180 (${FPS} frames a second, ${Math.round(FRAMES / FPS / 60)} minutes) in which something moves, and a script
makes objects and elements, in every frame. Memory is read every five seconds. Asserted: the file has
all frames; medians of the second and of the last quarter of the samples differ by at most
${MOST_GROWTH.ownMib} MiB in Node's process and ${MOST_GROWTH.browsersMib} MiB in the browsers, those of
the third and the last by at most ${MOST_LATE_MIB} MiB.`,

  run: () =>
    inWorkspace(async (ws) => {
      writeFileSync(join(ws.project, "index.html"), page());
      const outputPath = join(ws.out, "o.mp4");
      const options = { projectDir: ws.project, outputPath, quality: "draft", fps: FPS };
      const running = startFacade(ws, { options }, { timeoutMs: LONGEST_MS });
      const sampler = new Sampler(running.child.pid, EVERY_MS);
      const { result, error, process: end } = await running.outcome.finally(() => sampler.stop());
      const samples = sampler.samples.filter(({ browsers }) => browsers > 0).map(rounded);
      const problems = [];
      if (error) problems.push(`${error.code}: ${error.message}`);
      const frames = error ? 0 : framesOf(outputPath);
      if (frames !== FRAMES) problems.push(`${frames} frames`);
      const figures = {};
      for (const [name, most] of Object.entries(MOST_GROWTH)) {
        figures[name] = growth(samples, name);
        const { grown } = figures[name];
        if (grown > most) problems.push(`${name} grows by ${mib(grown)}`);
        const { late } = figures[name];
        if (late > MOST_LATE_MIB) problems.push(`${name} grows by ${mib(late)} in the second half`);
      }
      const { workers, native } = result?.perfSummary ?? {};
      return { problems, seconds: end.ms / 1000, frames, workers, native, figures, samples };
    }),

  tables({ seconds, frames, workers, figures }) {
    const row = (name, { second, third, last, grown, most }) => [
      name,
      ...[second, third, last, grown, most].map(mib),
    ];
    return table(
      ["", "second quarter", "third quarter", "last quarter", "growth", "most at any time"],
      [
        row("Node's process, resident", figures.ownMib),
        row("all browsers, proportional", figures.browsersMib),
      ],
      `${frames.toLocaleString("en")} frames in ${Math.round(seconds)} s, ${workers} workers.`,
    );
  },

  charts: ({ samples }) => ({
    "endurance-soak.svg": curve({
      title: `Memory of a render of ${FRAMES.toLocaleString("en")} frames`,
      subtitle: "read every five seconds while frames are captured",
      xTitle: "seconds",
      yTitle: "MiB",
      samples,
      x: "seconds",
      lines: {
        mib: "all processes, PSS",
        browsersMib: "browsers, PSS",
        ownMib: "Node, RSS",
      },
    }),
  }),
};
