/** Size, duration, media and hints of a compiled composition. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Upstream } from "../upstream/types.js";
import type { CompiledComposition, RenderModeReason } from "../wire/generated.js";
import { openingTags } from "./html-tags.js";
import type { StageFacts } from "./milestone.js";
import { masterFxChain, namesVolume, withLoops } from "./sound.js";
import { contractError } from "./stage.js";

type Json = Record<string, unknown>;

/** The facts of a compiled composition. */
export interface Metadata {
  width: number;
  height: number;
  staticDuration: number;
  media: CompiledComposition["media"];
  hints: CompiledComposition["hints"];
  /** Output pixels per CSS pixel; absent when the upstream version does not tell. */
  deviceScaleFactor?: number;
}

/**
 * Reads the facts from the stage's log lines, from `summary.json` and from `collectRenderMedia`: each
 * upstream version has some of them.
 *
 * @throws NativeRenderError `HF_NATIVE_COMPILE_CONTRACT` when none of them has the size
 */
export async function readMetadata(
  upstream: Upstream,
  projectDir: string,
  compiledDir: string,
  facts: StageFacts,
  html: string,
): Promise<Metadata> {
  const summary = readSummary(compiledDir);
  const said: Json = { ...summary, ...facts.metadata };
  const width = positive(said.width);
  const height = positive(said.height);
  if (width === undefined || height === undefined) {
    throw contractError(upstream, "neither its log nor its summary tells width and height");
  }
  const hints = asJson(said.renderModeHints);
  const media = await readMedia(upstream, summary, said, facts, html);
  const scale = positive(facts.resolved?.deviceScaleFactor);
  return {
    width,
    height,
    staticDuration: positive(said.staticDuration) ?? 0,
    media,
    hints: {
      recommendScreenshot: hints.recommendScreenshot === true,
      reasons: list(hints.reasons).map(asReason),
      shaderTransitions: summary.hasShaderTransitions === true,
      ...(sounds(media) && namesVolume(html, [compiledDir, projectDir])
        ? { scriptedVolume: true }
        : {}),
      ...(hasUntimedClips(html) ? { untimedClips: true } : {}),
    },
    ...(scale === undefined ? {} : { deviceScaleFactor: scale }),
  };
}

/** Whether any element may sound. */
function sounds({ audios, videos }: CompiledComposition["media"]): boolean {
  return audios.length > 0 || videos.some(({ hasAudio }) => hasAudio === true);
}

/**
 * The media that upstream's reader finds in a page's markup.
 *
 * @returns undefined with versions that do not offer it
 */
export async function collectMedia(
  upstream: Upstream,
  html: string,
): Promise<CompiledComposition["media"] | undefined> {
  const collect = upstream.namespace.collectRenderMedia;
  if (!collect) return undefined;
  const { videos, audios, images } = await collect(html);
  const master = audios.length > 0 ? masterFxChain(html) : undefined;
  const tracks = withLoops(html, audios.map(asJson), videos.map(asJson));
  return plain({ videos, audios: tracks, images, ...(master ? { masterFxChain: master } : {}) });
}

async function readMedia(
  upstream: Upstream,
  summary: Json,
  said: Json,
  facts: StageFacts,
  html: string,
): Promise<CompiledComposition["media"]> {
  const collected = await collectMedia(upstream, html);
  if (collected) return collected;
  return {
    videos: counted(list(summary.videos), said.videoCount),
    audios: counted(list(summary.audios), said.audioCount),
    images: counted([], facts.resolved?.imageCount),
  };
}

/** For versions that only count their media: as many entries, empty where nothing is known. */
function counted(known: unknown[], count: unknown): Json[] {
  const total = typeof count === "number" && count > known.length ? count : known.length;
  return Array.from({ length: total }, (_, index) => asJson(known[index]));
}

/** Maps and class instances become what JSON makes of them, which is what the core gets. */
function plain(media: object): CompiledComposition["media"] {
  return JSON.parse(JSON.stringify(media));
}

function readSummary(compiledDir: string): Json {
  try {
    return asJson(JSON.parse(readFileSync(join(compiledDir, "summary.json"), "utf8")));
  } catch {
    return {};
  }
}

function positive(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value > 0 ? value : undefined;
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function asJson(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Json)
    : {};
}

function asReason(value: unknown): RenderModeReason {
  const { code, message } = asJson(value);
  return { code: String(code ?? "unknown"), message: String(message ?? "") };
}

/** Whether the compile stage had to set the times of a clip. */
function hasUntimedClips(compiledHtml: string): boolean {
  return [...openingTags(compiledHtml)].some(
    ({ name, attributes }) => name === "video" && attributes.has("data-hf-auto-start"),
  );
}
