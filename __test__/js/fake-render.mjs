/** One render of the engine against the stand-ins of its neighbours. */

import { createRenderJob } from "../../dist/api/producer.js";
import { createEngine } from "../../dist/job/engine.js";
import { fakeBinding, fakeUpstream, project, recordingLogger } from "./support.mjs";

const dir = project();

/**
 * Renders to `output`; gives everything there is to look at. `script` is that of `fakeBinding`,
 * `binding` replaces parts of it.
 */
export async function render(output, options = {}) {
  const {
    upstream = fakeUpstream(),
    script,
    config,
    signal,
    onProgress,
    assertRenderActive,
  } = options;
  const { binding, calls } = fakeBinding(script);
  Object.assign(binding, options.binding);
  const stderr = [];
  const engine = createEngine({ binding: () => binding, stderr: (text) => stderr.push(text) });
  const logger = recordingLogger();
  const job = createRenderJob({ fps: 30, quality: "standard", format: "mp4", logger, ...config });
  const reports = [];
  const progress =
    onProgress ??
    ((snapshot, message) => {
      reports.push({ percent: snapshot.progress, message, status: snapshot.status, snapshot });
    });
  const projectDir = options.projectDir ?? dir;
  const input = { job, projectDir, outputPath: output, progress, signal, assertRenderActive };
  const outcome = await engine.execute(upstream, input).then(
    (result) => ({ result }),
    (error) => ({ error }),
  );
  return { job, reports, calls, stderr, logger, upstream, ...outcome };
}

/** A progress event as the core sends it. */
export const progressEvent = (percent, message, more = {}) => ({
  type: "progress",
  status: "rendering",
  percent,
  message,
  ...more,
});
