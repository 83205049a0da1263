/** Projects with which users of HyperFrames saw renders stand still. */
import { execFile } from "node:child_process";
import { copyFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { clipFile } from "../../../scripts/lib/media-files.mjs";
import { compositionPage, element, timed, video } from "../../e2e/support/html.mjs";
import { survivors } from "../../e2e/support/processes.mjs";
import { startCli } from "../../e2e/support/run.mjs";
import { writeScenes } from "../../e2e/support/scenes.mjs";
import { makeSound } from "../../e2e/support/sound.mjs";
import { Sampler } from "../../load/sampler.mjs";
import { framesOf, mib, table } from "../figures.mjs";
import { inWorkspace } from "../places.mjs";

const run = promisify(execFile);
const FPS = 30;
const LONGEST_MS = 15 * 60_000;
const [CLIPS, CLIP_SECONDS, CLIP_BITS, SEEN_SECONDS, EVERY_SECONDS] = [30, 10, 25_500_000, 2, 0.7];
/** So many are encoded; the others are copies, which to a renderer are files of their own. */
const DIFFERENT = 3;
/** What the second project lasts: a clip begins every 0.7 s, so two or three are seen at a time. */
const MANY_FRAMES = Math.round(((CLIPS - 1) * EVERY_SECONDS + SEEN_SECONDS) * FPS);

/** Two scenes, a shader transition between them, a sound, and seven films in the first scene. */
async function sevenFilms(ws) {
  const seconds = 10;
  const spec = { file: "film.mp4", clip: 1, size: "640x360", fps: String(FPS), seconds };
  const films = [];
  for (let at = 0; at < 7; at++) {
    copyFileSync(await clipFile({ ...spec, clip: at + 1 }), join(ws.project, `film-${at}.mp4`));
    const style = `left: ${(at % 4) * 300}px; top: ${Math.floor(at / 4) * 300}px`;
    films.push(video(`film${at}`, `film-${at}.mp4`, { style, ...timed(seconds, at + 2) }));
  }
  makeSound(join(ws.project, "tone.wav"), `sine=duration=${seconds}`);
  writeScenes(ws, {
    seconds,
    size: [1280, 720],
    transitions: [{ time: 4, duration: 2, shader: "domain-warp" }],
    style: "video { position: absolute; width: 280px; height: 280px; object-fit: cover; }",
    inside: films.join("\n"),
    body: element("audio", { id: "tone", src: "tone.wav", ...timed(seconds, 10) }),
  });
  return seconds * FPS;
}

/** A film of noise, which no encoder makes small. */
async function makeNoise(file, seed) {
  const source = `testsrc2=size=1280x720:rate=${FPS}:duration=${CLIP_SECONDS},noise=alls=60:allf=t:all_seed=${seed}`;
  const rate = [
    "-b:v",
    CLIP_BITS,
    "-minrate",
    CLIP_BITS,
    "-maxrate",
    CLIP_BITS,
    "-bufsize",
    CLIP_BITS,
  ];
  const codec = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", ...rate];
  const args = ["-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", source, ...codec, file];
  await run("ffmpeg", args.map(String), { timeout: 120_000 });
}

async function manyLargeFilms(ws) {
  const films = [];
  const fileOf = (at) => join(ws.project, `film-${at}.mp4`);
  for (let at = 0; at < CLIPS; at++) {
    if (at < DIFFERENT) await makeNoise(fileOf(at), at + 1);
    else copyFileSync(fileOf(at % DIFFERENT), fileOf(at));
    const times = {
      "data-start": at * EVERY_SECONDS,
      "data-duration": SEEN_SECONDS,
      "data-track-index": at % 4,
    };
    const style = `left: ${(at % 4) * 310}px; top: ${(at % 4) * 130}px`;
    films.push(video(`film${at}`, `film-${at}.mp4`, { style, ...times }));
  }
  const page = compositionPage({
    title: "Many films",
    seconds: MANY_FRAMES / FPS,
    size: [1280, 720],
    style: "#root { background: #123; } video { position: absolute; width: 640px; height: 360px; }",
    body: films.join("\n"),
  });
  writeFileSync(join(ws.project, "index.html"), page);
  return MANY_FRAMES;
}

const PROJECTS = {
  "shader transition, sound and 7 films": sevenFilms,
  [`${CLIPS} films of 33 MB`]: manyLargeFilms,
};

const sizeOf = (ws) => statSync(join(ws.project, "film-0.mp4")).size / 1e6;

export const deadlocks = {
  title: "Renders that stood still elsewhere",
  about: `Two projects that users of HyperFrames reported, of 1280x720 pixels, rendered by \`hyperframes render\` with this package registered and the number of
workers left to it: scenes with a shader transition, a sound and seven films; and ${CLIPS} films of 33 MB each (noise of ${CLIP_SECONDS} s, each ${SEEN_SECONDS} s on the page,
two or three at a time). The processes may use two cores. Asserted: the render ends with all frames, no process is left.`,

  async run({ log }) {
    const [runs, problems] = [[], []];
    for (const [name, write] of Object.entries(PROJECTS)) {
      await inWorkspace(async (ws) => {
        const frames = await write(ws);
        const file = join(ws.out, "o.mp4");
        const under = ["taskset", "-c", "0,1"];
        const args = ["render", ws.project, "-o", file];
        const running = await startCli(ws, args, { by: "register", timeoutMs: LONGEST_MS, under });
        const sampler = new Sampler(running.child.pid);
        const { code, ms, text } = await running.done;
        const most = sampler.stop();
        const left = await survivors(ws.dir, 4000);
        const found = [];
        if (code !== 0) found.push(`ended with ${code}: ${text.slice(-600)}`);
        else if (framesOf(file) !== frames) found.push(`${framesOf(file)} of ${frames} frames`);
        if (left.length > 0) found.push(`processes left: ${left.join("; ")}`);
        problems.push(...found.map((problem) => `${name}: ${problem}`));
        const kept = {
          name,
          frames,
          seconds: ms / 1000,
          most,
          filmMb: sizeOf(ws),
          finished: found.length === 0,
        };
        log(JSON.stringify(kept));
        runs.push(kept);
      });
    }
    return { problems, runs };
  },

  tables: ({ runs }) =>
    table(
      [
        "project",
        "finished",
        "frames",
        "a film",
        "workers at a time",
        "processes of ffmpeg",
        "peak of the tree",
        "time",
      ],
      runs.map(({ name, finished, frames, filmMb, most, seconds }) => [
        name,
        finished ? "yes" : "**no**",
        frames,
        `${filmMb.toFixed(1)} MB`,
        most.browsers,
        most.encoders,
        mib(most.mib),
        `${seconds.toFixed(1)} s`,
      ]),
    ),
};
