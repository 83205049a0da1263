/** Completing the media lists of a compilation whose page has to be watched first. */
import { dirname } from "node:path";
import { untilAborted } from "../base/deadline.js";
import type { Logger } from "../base/types.js";
import { type Compilation, saveEffectsRuntime } from "../compile/index.js";
import { withFetchLimits } from "../compile/limited-fetch.js";
import { completeMedia } from "../compile/watched-media.js";
import type { Upstream } from "../upstream/types.js";
import type { NativeBinding } from "../wire/binding.js";
import type { NativeEvent, RenderSpec } from "../wire/generated.js";
import { watchMedia } from "../wire/native-run.js";

/** What {@link withScriptedMedia} needs. */
export interface ScriptedMediaInput {
  upstream: Upstream;
  compilation: Compilation;
  /** The specification of a render of that compilation. */
  spec(): RenderSpec;
  binding(): NativeBinding;
  signal: AbortSignal;
  onEvent(event: NativeEvent): void;
  /** Throws when the caller has given up. */
  assertActive(): void;
  logger?: Logger | undefined;
}

/**
 * The compilation with the media that scripts of its page make or change. Where none do, it is the
 * same one, and no page is opened.
 *
 * @throws NativeRenderError with the core's code, or what `assertActive` throws
 */
export async function withScriptedMedia(input: ScriptedMediaInput): Promise<Compilation> {
  const { upstream, compilation, signal, onEvent, logger } = input;
  if (!compilation.composition.hints.scriptedMedia) return compilation;
  const request = { binding: input.binding(), spec: input.spec(), signal, onEvent };
  const watched = await watchMedia(request);
  input.assertActive();
  // Downloads of upstream's do not listen to the signal.
  const network = request.spec.pageLimits?.network ?? "all";
  const completing = withFetchLimits(network, () =>
    completeMedia(upstream, compilation.composition, watched),
  );
  const completed = await untilAborted(completing, signal, () => undefined);
  input.assertActive();
  if (!completed) return compilation;
  const { composition, notes } = completed;
  for (const note of notes) logger?.warn(note);
  const { projectDir, documentPath, media } = composition;
  const audioEffects =
    compilation.audioEffects ??
    saveEffectsRuntime(upstream, projectDir, media, dirname(documentPath));
  return { ...compilation, composition, ...(audioEffects === undefined ? {} : { audioEffects }) };
}
