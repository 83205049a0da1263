import { canBeHdr, isNativeFormat } from "../base/formats.js";
import type { RenderConfig } from "../base/types.js";
import { hasEffects } from "../compile/sound.js";
import type { CompiledComposition } from "../wire/messages.js";

/** Why a render goes to the CLI's own engine. */
export interface RouteReason {
  /** Stable, e.g. `video`; part of the visible line and of `--explain=json`. */
  code: string;
  /** Completes the sentence "… does not cover <message> yet". */
  message: string;
}

/** Reasons that the configuration alone gives, known before anything is compiled. */
export function configReasons(config: RenderConfig): RouteReason[] {
  const reasons: RouteReason[] = [];
  const format = config.format ?? "mp4";
  if (!isNativeFormat(format)) {
    reasons.push({ code: "format", message: `the format ${format}` });
  }
  if (config.useGpu === true) reasons.push({ code: "gpu_encoder", message: "GPU encoders" });
  if (config.resumeSegments === true || config.keepSegments === true) {
    reasons.push({ code: "segments", message: "resumable segments" });
  }
  if (config.motionBlur) reasons.push({ code: "motion_blur", message: "motion blur" });
  return reasons;
}

/** What routing has to know about a compiled composition. */
export interface CompositionFacts {
  composition: CompiledComposition;
  /** Video or audio that only the running page could list. */
  hiddenMedia: boolean;
  /** Sources of images tagged PQ or HLG that are no PNG. */
  hdrImages: readonly string[];
  deviceScaleFactor?: number | undefined;
  /** Whether the producer's version lists media as it plays them, and not only counts them. */
  listsMedia: boolean;
  /** Whether only the page knows when some of its elements end, and with them their sounds. */
  openWindows: boolean;
  /** Script file that runs audio effects. */
  audioEffects?: string | undefined;
}

/** Reasons that only the compiled composition gives. */
export function compositionReasons(facts: CompositionFacts, config: RenderConfig): RouteReason[] {
  const { media } = facts.composition;
  const reasons: RouteReason[] = [];
  if (!media.videos.every(isListed)) {
    reasons.push({ code: "video", message: "video clips as this version lists them" });
  }
  reasons.push(...soundReasons(facts));
  if (reasons.length === 0 && facts.hiddenMedia) {
    reasons.push({ code: "scripted_media", message: "video or audio that scripts decide on" });
  }
  const hdrWanted = canBeHdr(config.format) && config.hdrMode !== "force-sdr";
  if (hdrWanted && facts.hdrImages.length > 0) {
    reasons.push({ code: "hdr_image", message: `HDR images (${facts.hdrImages[0]})` });
  }
  if (config.outputResolution && facts.deviceScaleFactor === undefined) {
    reasons.push({ code: "scale", message: "output scaling with this version of the producer" });
  }
  return reasons;
}

/** Producers before 0.8.64 only count their clips. */
function isListed(video: Record<string, unknown>): boolean {
  return typeof video.src === "string" && typeof video.start === "number";
}

/** Sound that cannot be mixed here. */
function soundReasons(facts: CompositionFacts): RouteReason[] {
  const { listsMedia, openWindows, audioEffects } = facts;
  const { audios, masterFxChain } = facts.composition.media;
  if (audios.length === 0) return [];
  if (!listsMedia) {
    const clips = count(audios.length, "audio clip");
    return [{ code: "audio", message: `${clips} with this version of the producer` }];
  }
  const reasons: RouteReason[] = [];
  if (openWindows) {
    const message = "audio beside elements of which only the page knows the end";
    reasons.push({ code: "open_windows", message });
  }
  const remote = audios.find(({ src }) => typeof src === "string" && /^https?:/i.test(src.trim()));
  if (remote) reasons.push({ code: "remote_audio", message: `remote audio (${remote.src})` });
  if (hasEffects(audios, masterFxChain) && audioEffects === undefined) {
    const message = "audio effects with this version of the producer";
    reasons.push({ code: "audio_effects", message });
  }
  return reasons;
}

/** The one visible line about a render that another engine does. */
export function routeLine(reasons: readonly RouteReason[]): string {
  const what = reasons.map((reason) => reason.message).join(", ");
  const codes = reasons.map((reason) => reason.code).join(", ");
  return `[hyperframes-native] Using the CLI's own engine: the native one does not cover ${what} yet (${codes}).`;
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}
