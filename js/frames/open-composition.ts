/** A composition that stays open in a browser and gives frames. */
import { dirname, join } from "node:path";
import { WarmBrowser } from "../ahead/warm-browser.js";
import { settleWithin } from "../base/deadline.js";
import { defined } from "../base/defined.js";
import { messageOf, NativeRenderError } from "../base/errors.js";
import type { Logger, RenderConfig, RenderJob, RenderWarning } from "../base/types.js";
import { type Compilation, compile } from "../compile/index.js";
import { ownEnvironment, skipKeyframeScans } from "../compile/keyframe-scan.js";
import { withScriptedMedia } from "../job/scripted-media.js";
import { assertFfmpeg } from "../job/tool-paths.js";
import { compositionReasons } from "../route/route.js";
import { engineConfigOf } from "../upstream/engine-config.js";
import { assertQuality } from "../upstream/errors.js";
import type { Upstream } from "../upstream/types.js";
import { callAddon } from "../wire/addon-error.js";
import type { NativeBinding, NativeFrameSession } from "../wire/binding.js";
import type { NativeEvent, RenderSpec, SessionFacts, Still } from "../wire/generated.js";
import { buildRenderSpec } from "../wire/render-spec.js";
import { Asked, unwrapped } from "./asked.js";

/** How long the end of a browser is waited for. */
const CLOSE_MS = 10_000;

/** What is opened. */
export interface OpenInput {
  upstream: Upstream;
  projectDir: string;
  /** Queued, as it would be executed; its format keeps frames as they are. */
  job: RenderJob;
  binding: NativeBinding;
  logger: Logger | undefined;
  /** Gives up opening. */
  signal: AbortSignal;
}

/** A composition in a browser. */
export interface OpenComposition {
  readonly facts: SessionFacts;
  /**
   * A frame as a picture file. It is not made any more once `signal` is aborted.
   *
   * @throws NativeRenderError with the core's code
   */
  frame(frame: number, still: Still, signal: AbortSignal): Promise<Buffer>;
  /** Ends its browser and removes its files. Never rejects; may be called again. */
  close(): Promise<void>;
  /** The same at the end of the process, in a fraction of a second. */
  abandon(): void;
}

/**
 * Compiles a composition and opens it as a render would.
 *
 * @throws upstream's own error for a composition that it rejects, or a NativeRenderError
 */
export async function openComposition(input: OpenInput): Promise<OpenComposition> {
  const { upstream, projectDir, job, binding, logger, signal } = input;
  const { config } = job;
  assertFfmpeg(process.env);
  const warm = new WarmBrowser(() => binding, logger);
  warm.start(projectDir, config, engineConfigOf(config, upstream.namespace));
  const endSkipping = skipKeyframeScans();
  let compilation: Compilation | undefined;
  let session: NativeFrameSession | undefined;
  const close = async () => {
    if (session) await settleWithin(session.close(), CLOSE_MS);
    try {
      await compilation?.dispose();
    } catch (error) {
      logger?.debug("Could not remove the compiled files.", { error: messageOf(error) });
    }
  };
  try {
    const compiled = await compile(upstream, projectDir, job.config, { signal, logger });
    compilation = compiled;
    assertCovered(compiled, config);
    compilation = await withScriptedMedia({
      upstream,
      compilation: compiled,
      spec: () => specOf(input, compiled),
      binding: () => binding,
      signal,
      onEvent: (event) => note(event, [], logger),
      assertActive: () => signal.throwIfAborted(),
      logger,
    });
    assertCovered(compilation, config);
    const spec = specOf(input, compilation);
    const warnings: RenderWarning[] = [];
    const onEvent = (json: string) => note(JSON.parse(json), warnings, logger);
    const opening = callAddon(() => new binding.FrameSession(JSON.stringify(spec), onEvent));
    session = opening;
    const cancel = () => void opening.close();
    signal.addEventListener("abort", cancel, { once: true });
    const asked = new Asked(opening);
    try {
      const facts = unwrapped<SessionFacts>(await opening.opened());
      // Events and the answer come through different queues of the event loop.
      await new Promise<void>((resolve) => setImmediate(resolve));
      assertQuality(upstream.namespace, config.strictness, warnings);
      return {
        facts,
        close,
        abandon: () => opening.abandon(),
        frame: (frame, still, whileWanted) => asked.frame(frame, still, whileWanted),
      };
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  } catch (error) {
    await close();
    if (!signal.aborted) throw error;
    const text = "The composition's frames were closed while it was opened.";
    throw new NativeRenderError("HF_NATIVE_FRAME_CLOSED", text, { cause: error });
  } finally {
    endSkipping();
    await warm.end();
  }
}

function specOf({ upstream, job }: OpenInput, compilation: Compilation): RenderSpec {
  return buildRenderSpec({
    job,
    composition: compilation.composition,
    deviceScaleFactor: compilation.deviceScaleFactor ?? 1,
    // Nothing is written there; the core wants a place for what it might stage.
    outputPath: join(dirname(compilation.composition.documentPath), "frames"),
    namespace: upstream.namespace,
    rendererVersion: upstream.version,
    env: ownEnvironment(),
  });
}

/** Of sound nothing is made, so it is not asked about. */
function assertCovered(compilation: Compilation, config: RenderConfig): void {
  const { composition } = compilation;
  const media = { ...composition.media, audios: [] };
  const facts = { ...compilation, composition: { ...composition, media } };
  const reasons = compositionReasons(facts, config);
  if (reasons.length === 0) return;
  const what = reasons.map(({ message }) => message).join(", ");
  throw new NativeRenderError(
    "HF_NATIVE_UNSUPPORTED",
    `There are no single frames of this composition: the native engine does not cover ${what} yet.`,
    { stage: "route" },
  );
}

function note(event: NativeEvent, warnings: RenderWarning[], logger: Logger | undefined): void {
  if (event.type === "log") logger?.[event.level]?.(event.message, event.meta);
  if (event.type !== "warning") return;
  const { code, message, details } = event;
  logger?.warn(message, details);
  warnings.push({ code, message, stage: "capture-readiness", ...defined({ details }) });
}
