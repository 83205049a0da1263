import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Peer } from "../upstream/types.js";
import type { CompiledComposition, RenderModeReason } from "../wire/messages.js";
import { openingTags } from "./html-tags.js";
import type { StageFacts } from "./milestone.js";
import { hasScriptedVolume, masterFxChain } from "./sound.js";
import { contractError } from "./stage.js";

type Json = Record<string, unknown>;

/** The facts of a compiled composition, whichever of its sources this version fills. */
export interface Metadata {
  width: number;
  height: number;
  staticDuration: number;
  media: CompiledComposition["media"];
  hints: CompiledComposition["hints"];
  /** Output pixels per CSS pixel; absent when this version does not say. */
  deviceScaleFactor?: number;
}

/**
 * Puts together what the log lines, `summary.json` and `collectRenderMedia` of this version say.
 *
 * @throws NativeRenderError `HF_NATIVE_COMPILE_CONTRACT` when none of them tells the size
 */
export async function readMetadata(
  peer: Peer,
  compiledDir: string,
  facts: StageFacts,
  html: string,
): Promise<Metadata> {
  const summary = readSummary(compiledDir);
  const said: Json = { ...summary, ...facts.metadata };
  const width = positive(said.width);
  const height = positive(said.height);
  if (width === undefined || height === undefined) {
    throw contractError(peer, "neither its log nor its summary tells width and height");
  }
  const hints = asJson(said.renderModeHints);
  const media = await readMedia(peer, summary, said, facts, html);
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
      ...(media.audios.length > 0 && hasScriptedVolume(html) ? { scriptedVolume: true } : {}),
      ...(hasUntimedClips(html) ? { untimedClips: true } : {}),
    },
    ...(scale === undefined ? {} : { deviceScaleFactor: scale }),
  };
}

async function readMedia(
  peer: Peer,
  summary: Json,
  said: Json,
  facts: StageFacts,
  html: string,
): Promise<CompiledComposition["media"]> {
  const collect = peer.namespace.collectRenderMedia;
  if (collect) {
    const { videos, audios, images } = await collect(html);
    const master = audios.length > 0 ? masterFxChain(html) : undefined;
    return plain({ videos, audios, images, ...(master ? { masterFxChain: master } : {}) });
  }
  return {
    videos: counted(list(summary.videos), said.videoCount),
    audios: counted(list(summary.audios), said.audioCount),
    images: counted([], facts.resolved?.imageCount),
  };
}

/** Older versions only count: as many entries as there are, filled as far as known. */
function counted(known: unknown[], count: unknown): Json[] {
  const total = typeof count === "number" && count > known.length ? count : known.length;
  return Array.from({ length: total }, (_, index) => asJson(known[index]));
}

/** Maps and class instances do not survive JSON; what is sent on must be plain. */
function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
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

/** Whether the compile stage had to give a clip its times. */
function hasUntimedClips(compiledHtml: string): boolean {
  return [...openingTags(compiledHtml)].some(
    ({ name, attributes }) => name === "video" && attributes.has("data-hf-auto-start"),
  );
}
