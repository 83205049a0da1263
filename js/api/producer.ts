import { randomUUID } from "node:crypto";
import { NativeRenderError } from "../base/errors.js";
import { parseFps } from "../base/fps.js";
import type { ProgressSink, RenderConfig, RenderJob } from "../base/types.js";
import { createEngine, type Engine } from "../job/engine.js";
import { nativeMode } from "../job/mode.js";
import { resolvePeer } from "../upstream/resolve.js";
import type { PeerIdentity, PeerNamespace } from "../upstream/types.js";

const wrapped = new WeakMap<object, PeerNamespace>();
let shared: Engine | undefined;

/** The engine of this process, on the real addon. */
export function defaultEngine(): Engine {
  shared ??= createEngine();
  return shared;
}

/**
 * A producer namespace whose renders run on the native engine. Everything but `createRenderJob`
 * and `executeRenderJob` stays what it is, above all the request builders and error classes, which
 * differ between versions. With `HYPERFRAMES_NATIVE=off` the namespace is returned untouched.
 *
 * @param namespace the namespace as imported
 * @param identity whose it is; defaults to an unknown `@hyperframes/producer`
 */
export function wrapProducer<T extends PeerNamespace>(
  namespace: T,
  identity: PeerIdentity = { package: "@hyperframes/producer", version: "0.0.0" },
  engine: Engine = defaultEngine(),
): T {
  if (nativeMode() === "off") return namespace;
  const known = wrapped.get(namespace);
  if (known) return known as T;
  const peer = { ...identity, namespace };
  const own: Pick<PeerNamespace, "createRenderJob" | "executeRenderJob"> = {
    createRenderJob: (config) => {
      const job = namespace.createRenderJob(config);
      job.warnings ??= [];
      return job;
    },
    executeRenderJob: async (job, projectDir, outputPath, progress, signal, assertRenderActive) => {
      const input = { job, projectDir, outputPath, progress, signal, assertRenderActive };
      await engine.execute(peer, input);
    },
  };
  // A spread keeps working where callers destructure; a module namespace has no other behaviour.
  const result = { ...namespace, ...own };
  wrapped.set(namespace, result);
  wrapped.set(result, result);
  return result;
}

/**
 * A queued job, as the producer's own `createRenderJob` makes it.
 *
 * @throws NativeRenderError `HF_NATIVE_INVALID_OPTION` for a frame rate that is not positive
 */
export function createRenderJob(config: RenderConfig): RenderJob {
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
 * Renders a job to `outputPath`, mutating it as the producer's own `executeRenderJob` does. The
 * compile stage is that of the producer installed next to the project.
 *
 * @param progress called in order with a snapshot of the job; may be async, may throw
 * @param signal cancels the render; nothing is left behind
 * @param assertRenderActive called right before the file appears; may throw or abort the signal
 * @throws the producer's RenderCancelledError, RenderQualityError or compile errors, or a
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
  const peer = await resolvePeer([projectDir, process.cwd()]);
  await defaultEngine().execute(peer, {
    job,
    projectDir,
    outputPath,
    progress,
    signal,
    assertRenderActive,
  });
}
