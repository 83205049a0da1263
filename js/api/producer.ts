/** The functions of `@hyperframes/producer`, on the native engine. */
import { randomUUID } from "node:crypto";
import { NativeRenderError } from "../base/errors.js";
import { parseFps } from "../base/fps.js";
import type { ProgressSink, RenderConfigInput, RenderJob } from "../base/types.js";
import { defaultEngine } from "../job/engine.js";
import { nativeMode } from "../route/mode.js";
import { adoptClasses } from "../upstream/class-families.js";
import { withOriginals } from "../upstream/originals.js";
import { packageFolders, resolveUpstream } from "../upstream/resolve.js";
import type { UpstreamIdentity, UpstreamNamespace } from "../upstream/types.js";

const wrapped = new WeakMap<object, UpstreamNamespace>();

/**
 * A producer namespace whose renders run on the native engine. Only `createRenderJob` and
 * `executeRenderJob` are replaced: request builders and error classes differ between versions and
 * stay upstream's. With `HYPERFRAMES_NATIVE=off` the namespace is returned as it is.
 *
 * @param namespace the namespace as imported
 * @param identity its package and version; defaults to an unknown `@hyperframes/producer`
 */
export function wrapProducer<T extends UpstreamNamespace>(
  namespace: T,
  identity: UpstreamIdentity = { package: "@hyperframes/producer", version: "0.0.0" },
): T {
  if (nativeMode() === "off") return namespace;
  const known = wrapped.get(namespace);
  if (known) return known as T;
  const originals = withOriginals(namespace);
  adoptClasses(originals as UpstreamNamespace & Record<string, unknown>);
  const upstream = { ...identity, namespace: originals };
  const own: Pick<UpstreamNamespace, "createRenderJob" | "executeRenderJob"> = {
    createRenderJob: (config) => {
      const job = namespace.createRenderJob(config);
      job.warnings ??= [];
      return job;
    },
    executeRenderJob: async (job, projectDir, outputPath, progress, signal, assertRenderActive) => {
      const input = { job, projectDir, outputPath, progress, signal, assertRenderActive };
      await defaultEngine.execute(upstream, input);
    },
  };
  // A plain object, unlike a module namespace, can have replaced members; callers destructure it.
  const result = { ...namespace, ...own };
  wrapped.set(namespace, result);
  wrapped.set(result, result);
  return result;
}

/**
 * A queued job, as upstream's `createRenderJob` makes it.
 *
 * @throws NativeRenderError `HF_NATIVE_INVALID_OPTION` for a frame rate that is not positive
 */
export function createRenderJob(config: RenderConfigInput): RenderJob {
  const fps = parseFps(config.fps);
  if (!fps) {
    throw new NativeRenderError(
      "HF_NATIVE_INVALID_OPTION",
      `fps must be a positive integer or { num, den }, got ${JSON.stringify(config.fps)}.`,
    );
  }
  return {
    id: randomUUID(),
    config: { ...config, fps, strictness: config.strictness ?? "best-effort" },
    status: "queued",
    progress: 0,
    currentStage: "Queued",
    createdAt: new Date(),
    warnings: [],
  };
}

/**
 * Renders a job to `outputPath` and changes it in place, as upstream's `executeRenderJob` does. The
 * compile stage is that of the upstream installed next to the project.
 *
 * @param progress called in order with a copy of the job; may be async, may throw
 * @param signal cancels the render; nothing is left behind
 * @param assertRenderActive called right before the file appears; may throw or abort the signal
 * @throws upstream's RenderCancelledError, RenderQualityError or compile errors, or a
 *   {@link NativeRenderError}
 */
export async function executeRenderJob(
  job: RenderJob,
  projectDir: string,
  outputPath: string,
  progress?: ProgressSink,
  signal?: AbortSignal,
  assertRenderActive?: () => void,
): Promise<void> {
  const upstream = await resolveUpstream(packageFolders(projectDir, job.config));
  await defaultEngine.execute(upstream, {
    job,
    projectDir,
    outputPath,
    progress,
    signal,
    assertRenderActive,
  });
}
