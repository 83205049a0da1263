/** Which inputs the HyperFrames engine renders instead of the native one, and why. */
import { isNativeFormat } from "../base/formats.js";
import type { RenderConfig } from "../base/types.js";
import { hasEffects } from "../compile/sound.js";
import type { CompiledComposition } from "../wire/generated.js";

/** Why the HyperFrames engine renders a job. */
export interface RouteReason {
  /** Stable, e.g. `video`; shown in the line on stderr and in `--explain=json`. */
  code: string;
  /**
   * Completes the sentence "the native engine does not cover <message> yet"; for `addon`, a sentence
   * of its own.
   */
  message: string;
}

/** The reason when the addon cannot be loaded. */
export function addonReason(error: Error): RouteReason {
  return { code: "addon", message: error.message };
}

/** Reasons in the configuration, known before anything is compiled. */
export function configReasons(config: RenderConfig): RouteReason[] {
  const reasons: RouteReason[] = [];
  const format = config.format ?? "mp4";
  if (!isNativeFormat(format)) {
    reasons.push({ code: "format", message: `the format ${format} of a later HyperFrames` });
  }
  return reasons;
}

/** What is known of a compiled composition when its engine is chosen. */
export interface CompositionFacts {
  composition: CompiledComposition;
  deviceScaleFactor?: number | undefined;
  /** The upstream version lists its media; older ones only count them. */
  listsMedia: boolean;
  /** A composition demands WebGPU. */
  requiresWebgpu: boolean;
  /** Script file that runs audio effects. */
  audioEffects?: string | undefined;
}

/** Reasons in the compiled composition. */
export function compositionReasons(facts: CompositionFacts, config: RenderConfig): RouteReason[] {
  const { media, hints } = facts.composition;
  const reasons: RouteReason[] = [];
  if (!media.videos.every(isListed)) {
    reasons.push({ code: "video", message: "video clips with this version of HyperFrames" });
  }
  reasons.push(...soundReasons(facts));
  if (reasons.length === 0 && hints.scriptedMedia && !facts.listsMedia) {
    const message = "video or audio that scripts create or change with this version of HyperFrames";
    reasons.push({ code: "scripted_media", message });
  }
  if (facts.requiresWebgpu) {
    reasons.push({ code: "webgpu", message: "compositions that require WebGPU" });
  }
  if (config.outputResolution && facts.deviceScaleFactor === undefined) {
    reasons.push({ code: "scale", message: "output scaling with this version of HyperFrames" });
  }
  return reasons;
}

/** Versions before 0.8.64 only count video clips: their entries are empty. */
function isListed(video: Record<string, unknown>): boolean {
  return typeof video.src === "string" && typeof video.start === "number";
}

/** Reasons in the sound. */
function soundReasons(facts: CompositionFacts): RouteReason[] {
  const { listsMedia, audioEffects } = facts;
  const { audios, masterFxChain } = facts.composition.media;
  if (audios.length === 0) return [];
  if (!listsMedia) {
    const clips = count(audios.length, "audio clip");
    return [{ code: "audio", message: `${clips} with this version of HyperFrames` }];
  }
  const reasons: RouteReason[] = [];
  if (hasEffects(audios, masterFxChain) && audioEffects === undefined) {
    const message = "audio effects with this version of HyperFrames";
    reasons.push({ code: "audio_effects", message });
  }
  return reasons;
}

/** The line that tells the user that the HyperFrames engine renders. */
export function routeLine(reasons: readonly RouteReason[]): string {
  const addon = reasons.find((reason) => reason.code === "addon");
  if (addon) {
    return `[hyperframes-native] NOT USED, the HyperFrames engine renders: ${addon.message} (addon)`;
  }
  const what = reasons.map((reason) => reason.message).join(", ");
  const codes = reasons.map((reason) => reason.code).join(", ");
  return `[hyperframes-native] Using the HyperFrames engine: the native one does not cover ${what} yet (${codes}).`;
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}
