/**
 * Asks for frames and prints what came of it as its last line, JSON. The argument:
 *
 * - `project`, `frames` (numbers), `fps`, `out`: writes each frame to `out` as `<number>.png`
 * - `render`: renders the same as `png-sequence` to that folder first
 * - `stay`: prints `open` when it has the frames, and waits
 * - `steps`: names of further things that are tried; see `STEPS`
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createFrameRenderer, renderJob } from "../../../dist/index.js";

const {
  project,
  frames = [],
  fps = 30,
  out,
  render,
  stay,
  steps = [],
} = JSON.parse(process.argv[2]);
const quiet = () => undefined;
const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };
const renderer = createFrameRenderer({ maxSessions: 1, idleMs: 300 });
const options = { fps, logger, transparent: true };
const codeOf = async (promise) => (await promise.catch((error) => error)).code;

const STEPS = {
  /** Errors of a request, after which frames still come. */
  errors: async () => ({
    late: await codeOf(renderer.renderFrame(project, 1e6, options)),
    missing: await codeOf(renderer.renderFrame(`${project}/none`, 0, options)),
    format: await codeOf(renderer.renderFrame(project, 0, { ...options, format: "bmp" })),
    opaque: await codeOf(renderer.renderFrame(project, 0, { ...options, format: "jpeg" })),
    timeout: await codeOf(renderer.renderFrame(project, 0, { ...options, fps: 12, timeoutMs: 1 })),
    aborted: await codeOf(
      renderer.renderFrame(project, 0, { ...options, signal: AbortSignal.abort() }),
    ),
    after: (await renderer.renderFrame(project, 0, options)).length > 0,
  }),
  /** A changed file, a range and thumbnails. */
  changes: async () => {
    const first = () => renderer.renderFrame(project, 0, options);
    const [before, again] = [await first(), await first()];
    writeFileSync(join(project, "style.css"), "#root { background: #a00 !important; }");
    const range = [];
    for await (const { frame, time } of renderer.renderRange(project, 0.1, 0.3, options)) {
      range.push([frame, time]);
    }
    const small = { fps, logger, format: "webp", width: 64 };
    const files = await renderer.thumbnails(project, [0.2, 0, 0.2], small);
    return {
      same: before.equals(again),
      changed: !before.equals(await first()),
      range,
      thumbnails: files.map((file) => file.toString("latin1", 8, 12)),
      repeated: files[0].equals(files[2]),
    };
  },
  /** Names of one page: how often it is opened. */
  names: async () => {
    let opened = 0;
    const info = (text) => {
      if (text === "[Native] plan") opened += 1;
    };
    for (const entryFile of [undefined, "index.html", "./index.html"]) {
      const one = {
        ...options,
        fps: 20,
        logger: { ...logger, info },
        ...(entryFile ? { entryFile } : {}),
      };
      await renderer.renderFrame(project, 0, one);
    }
    return opened;
  },
  /** A render needs the memory of a composition that is open. */
  yields: async () => {
    const patient = createFrameRenderer({ maxSessions: 1, idleMs: 60_000 });
    const frame = () => patient.renderFrame(project, 0.2, options);
    const before = await frame();
    let waited = false;
    const onProgress = (_job, message) => {
      waited ||= /^Waiting for other renders until/.test(message);
    };
    const outputPath = join(out, "beside.mp4");
    await renderJob({
      projectDir: project,
      outputPath,
      quality: "draft",
      fps,
      logger,
      onProgress,
    });
    const same = before.equals(await frame());
    await patient.close();
    return { waited, same };
  },
  /** Nothing asks for frames for a while. */
  idle: async () => sleep(1500),
};

const answer = {};
if (render) {
  const job = { projectDir: project, outputPath: render, format: "png-sequence", fps, logger };
  await renderJob(job);
}
for (const frame of frames) {
  const picture = await renderer.renderFrame(project, frame / fps, options);
  if (out) writeFileSync(join(out, `${frame}.png`), picture);
}
for (const step of steps) answer[step] = await STEPS[step]();
if (stay) {
  console.log("open");
  await sleep(60_000);
}
if (!steps.includes("idle")) await renderer.close();
console.log(JSON.stringify(answer));
if (steps.includes("idle")) {
  console.log("idle");
  await sleep(60_000);
}
