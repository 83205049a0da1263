/** What the native core is told of a plan's chunks. */
import { randomUUID } from "node:crypto";
import { defined } from "../base/defined.js";
import { guardSignals } from "../base/signal-guard.js";
import type { RenderConfig, RenderJob } from "../base/types.js";
import { cancelledError } from "../upstream/errors.js";
import type { Upstream } from "../upstream/types.js";
import { loadBinding } from "../wire/binding.js";
import type {
  CompiledComposition,
  NativeEvent,
  NativeSummary,
  RenderSpec,
} from "../wire/generated.js";
import { runNative, StartedRender } from "../wire/native-run.js";
import { buildRenderSpec } from "../wire/render-spec.js";
import type { EncoderJson, PlanJson } from "./plan-files.js";

/** What {@link chunkSpec} needs. */
export interface ChunkSpecInput {
  plan: PlanJson;
  encoder: EncoderJson;
  composition: CompiledComposition;
  upstream: Upstream;
  outputPath: string;
  audioEffects?: string | undefined;
}

/** The specification of a render of all frames of a plan. */
export function chunkSpec(input: ChunkSpecInput): RenderSpec {
  const { plan, encoder, composition, upstream, outputPath, audioEffects } = input;
  const { namespace, version } = upstream;
  const settings = { browserGpuMode: "software", forceScreenshot: false };
  const { fpsNum, fpsDen, format } = plan.dimensions;
  const config = {
    fps: { num: fpsNum, den: fpsDen },
    quality: encoder.quality,
    format,
    hdrMode: "force-sdr",
    producerConfig: {
      ...(namespace.resolveConfig?.(settings as never) ?? settings),
      ...defined({ vp9CpuUsed: encoder.vp9CpuUsed }),
    },
    ...defined({
      crf: encoder.crf,
      videoBitrate: encoder.bitrate,
      variables: encoder.variables,
    }),
  } as RenderConfig;
  return buildRenderSpec({
    job: { id: randomUUID(), config } as RenderJob,
    composition,
    deviceScaleFactor: encoder.deviceScaleFactor,
    audioEffects,
    outputPath,
    namespace,
    rendererVersion: version,
    env: process.env,
  });
}

/** Who watches a render in the core. */
export interface CoreWatch {
  abortSignal: AbortSignal | undefined;
  /** Gets the number of captured frames as it rises. */
  onFrames?: ((frames: number) => void) | undefined;
}

/**
 * Renders what a specification says and puts it in place. A signal to the process, or `abortSignal`,
 * cancels it.
 *
 * @throws NativeRenderError, or upstream's error of cancelled renders
 */
export async function runCore(
  spec: RenderSpec,
  { namespace }: Upstream,
  { abortSignal, onFrames }: CoreWatch,
): Promise<NativeSummary> {
  const guard = guardSignals();
  const signal = abortSignal ? AbortSignal.any([guard.signal, abortSignal]) : guard.signal;
  const logger = namespace.createConsoleLogger?.("warn");
  const onEvent = (event: NativeEvent) => {
    if (event.type === "progress" && event.framesRendered !== undefined) {
      onFrames?.(event.framesRendered);
    }
    if (event.type === "log") logger?.[event.level]?.(event.message, event.meta);
    if (event.type === "warning") logger?.warn(event.message, { code: event.code });
  };
  try {
    return await runNative({
      started: new StartedRender(loadBinding(), spec),
      signal,
      onEvent,
      assertActive: () => {
        if (signal.aborted) throw cancelledError(namespace, signal);
      },
      assertQuality: () => undefined,
      onUnclean: (state) => {
        logger?.warn("The native core did not finish cleaning up.", { state });
      },
    });
  } finally {
    guard.release();
  }
}
