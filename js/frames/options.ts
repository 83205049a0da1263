/** The options of frames: their types and their checks. */
import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import { atLeast, type Check, flag, invalid, oneOf, record, text, whole } from "../base/checks.js";
import { NativeRenderError } from "../base/errors.js";
import { parseFps } from "../base/fps.js";
import type { EngineConfig, Fps, Logger } from "../base/types.js";
import { isWithin } from "../base/within.js";
import type { Upstream } from "../upstream/types.js";

/** Longest side of a picture, pixels; the native core's bound. */
const MAX_SIDE = 16_384;

/** How a frame becomes a picture file. */
export interface PictureOptions {
  /** Default `png`, which is without loss. */
  format?: "png" | "jpeg" | "webp";
  /** Of `jpeg` and `webp`, 1 to 100; default 90. A `webp` of 100 is without loss. */
  quality?: number;
  /** Keeps the page's transparency, which is white otherwise. `png` and `webp` only. */
  transparent?: boolean;
  /** Pixels. With only one of the two the other follows; default: the size of the frame. */
  width?: number;
  /** Pixels. */
  height?: number;
}

/** Which composition is opened, and as what. Frames of equal values share an open page. */
export interface CompositionOptions {
  /** Frames per second: a whole number, `{ num, den }` or `"30000/1001"`. Default 30. */
  fps?: number | string | Fps;
  /** HTML file within the project. Default `index.html`. */
  entryFile?: string;
  /** Plain JSON, readable in the page as composition variables. */
  variables?: Record<string, unknown>;
  /** Preset to scale to, such as `landscape-4k`. */
  outputResolution?: string;
  /** Turn the preset to the composition's orientation. */
  outputResolutionAspectAgnostic?: boolean;
  /** Overrides of upstream's engine configuration, as for `renderJob`. */
  engineConfig?: EngineConfig;
  /** The upstream to compile with; default: the one installed next to the project. */
  producer?: Upstream;
}

/** Options of `renderFrame`, `renderRange` and `thumbnails`. */
export interface FrameOptions extends PictureOptions, CompositionOptions {
  /** Longest wait for one frame, opening the composition included, ms. Default 60 000. */
  timeoutMs?: number;
  /** Gives up waiting; the composition stays open. */
  signal?: AbortSignal;
  logger?: Logger;
}

/** Options of `createFrameRenderer`. */
export interface FrameRendererOptions {
  /** Compositions that are open at a time, each in a browser of its own: 1 to 16. Default 2. */
  maxSessions?: number;
  /** Milliseconds without a request after which a composition is closed. Default 60 000. */
  idleMs?: number;
}

const CHECKS: Record<keyof FrameOptions, Check> = {
  format: oneOf("png", "jpeg", "webp"),
  quality: whole(1, 100),
  transparent: flag,
  width: whole(1, MAX_SIDE),
  height: whole(1, MAX_SIDE),
  fps: (v) => {
    const fps = parseFps(v);
    const value = fps ? fps.num / fps.den : 0;
    if (value >= 1 && value <= 240) return undefined;
    return 'a frame rate from 1 to 240: a whole number, { num, den } or "30000/1001"';
  },
  entryFile: text,
  variables: record,
  outputResolution: text,
  outputResolutionAspectAgnostic: flag,
  engineConfig: record,
  producer: (v) =>
    typeof (v as Upstream | undefined)?.namespace?.executeRenderJob === "function"
      ? undefined
      : "{ namespace, package, version } of a producer",
  timeoutMs: atLeast(1, "a number of milliseconds"),
  signal: (v) => (v instanceof AbortSignal ? undefined : "an AbortSignal"),
  logger: record,
};

const RENDERER_CHECKS: Record<keyof FrameRendererOptions, Check> = {
  maxSessions: whole(1, 16),
  idleMs: atLeast(0, "a number of milliseconds"),
};

/** @throws NativeRenderError `HF_NATIVE_INVALID_OPTION` naming the field */
export function checkFrameOptions(options: FrameOptions): void {
  checkAll(options, CHECKS);
  if (options.transparent && options.format === "jpeg") {
    throw refuse("transparent needs the format png or webp: JPEG has no transparency.");
  }
}

/** @throws NativeRenderError `HF_NATIVE_INVALID_OPTION` naming the field */
export function checkRendererOptions(options: FrameRendererOptions): void {
  checkAll(options, RENDERER_CHECKS);
}

/** @throws NativeRenderError `HF_NATIVE_INVALID_OPTION` for a project or entry file that is not there */
export function checkProject(projectDir: string, entryFile = "index.html"): string {
  const wrong = text(projectDir);
  if (wrong !== undefined) throw invalid("projectDir", wrong, projectDir);
  const root = resolve(projectDir);
  if (!statSync(root, { throwIfNoEntry: false })?.isDirectory()) {
    throw refuse(`projectDir ${projectDir} is not a folder.`);
  }
  if (!statSync(join(root, entryFile), { throwIfNoEntry: false })?.isFile()) {
    throw refuse(`entryFile ${entryFile} is not a file in ${root}.`);
  }
  if (!isWithin(join(root, entryFile), root)) {
    throw refuse(`entryFile ${entryFile} is outside of ${root}.`);
  }
  return root;
}

/** @throws NativeRenderError `HF_NATIVE_INVALID_OPTION` */
export function checkTime(field: string, seconds: unknown): void {
  const wrong = atLeast(0, "a number of seconds")(seconds);
  if (wrong !== undefined) throw invalid(field, wrong, seconds);
}

function checkAll<T extends object>(options: T, checks: Record<keyof T & string, Check>): void {
  if (record(options) !== undefined) throw invalid("options", "a plain object", options);
  for (const [field, value] of Object.entries(options)) {
    if (!Object.hasOwn(checks, field)) {
      const known = Object.keys(checks).join(", ");
      throw refuse(`Unknown option "${field}". Known options: ${known}.`);
    }
    const expected = value === undefined ? undefined : checks[field as keyof T & string](value);
    if (expected !== undefined) throw invalid(field, expected, value);
  }
}

function refuse(message: string): NativeRenderError {
  return new NativeRenderError("HF_NATIVE_INVALID_OPTION", message);
}
