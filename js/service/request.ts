/** From the body of a request to a render that can start. */
import { mkdtempSync, statSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, extname, join, resolve } from "node:path";
import { checkOptions, type RenderJobOptions } from "../api/options.js";
import { flag, oneOf, record, text } from "../base/checks.js";
import { defined } from "../base/defined.js";
import { messageOf, NativeRenderError } from "../base/errors.js";
import { isWithin } from "../base/within.js";
import { fetchPage } from "./fetch-page.js";
import { Refusal } from "./refusal.js";
import type { ServerSettings } from "./settings.js";

/** A render that was asked for. */
export interface RenderRequest {
  options: RenderJobOptions;
  /** Removes what was made for it. */
  dispose(): Promise<void>;
}

/** Upstream's other names of sizes. */
const SIZES: Record<string, string> = {
  "1080p": "landscape",
  hd: "landscape",
  "4k": "landscape-4k",
  uhd: "landscape-4k",
  "1080p-portrait": "portrait",
  "portrait-1080p": "portrait",
  "4k-portrait": "portrait-4k",
  "1080p-square": "square",
  "square-1080p": "square",
  "4k-square": "square-4k",
};
/** Those of them that leave the orientation to the composition. */
const TURNING = new Set(["1080p", "hd", "4k", "uhd"]);
const PRESETS = ["landscape", "portrait", "square"].flatMap((one) => [one, `${one}-4k`]);
const RANGES: Record<string, RenderJobOptions["hdrMode"]> = {
  auto: "auto",
  hdr: "force-hdr",
  sdr: "force-sdr",
};
/** Formats that are one file, which can be downloaded. */
const FORMATS = ["mp4", "webm", "mov", "gif"] as const;

type Body = Record<string, unknown>;

/**
 * Checks a body and makes its project ready.
 *
 * @param id names the result when the body does not
 * @throws Refusal with status 400 or 403 and what is wrong
 */
export async function readRequest(
  body: unknown,
  settings: ServerSettings,
  id: string,
  signal: AbortSignal,
): Promise<RenderRequest> {
  if (record(body) !== undefined) throw new Refusal(400, "The body must be a JSON object.");
  const given = body as Body;
  const options = optionsOf(given);
  const project = await projectOf(given, settings, signal);
  const dispose = async () => {
    if (!project.isTemporary) return;
    try {
      await rm(project.dir, { recursive: true, force: true, maxRetries: 3 });
    } catch (error) {
      // The render is finished all the same.
      settings.logger.warn(`${project.dir} could not be removed: ${messageOf(error)}`);
    }
  };
  try {
    const output = outputOf(given, settings, project.dir, options.format ?? "mp4", id);
    const { pageNetwork, pageFiles } = settings;
    const place = { projectDir: project.dir, outputPath: output };
    const all = { ...options, ...place, pageNetwork, pageFiles };
    checkAll(all);
    return { options: all, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

function optionsOf(body: Body): Omit<RenderJobOptions, "projectDir" | "outputPath"> {
  const { outputResolution: size, gpu, debug, bestEffort, format } = body;
  for (const [name, value] of Object.entries({ gpu, debug, bestEffort })) {
    const expected = value === undefined ? undefined : flag(value);
    if (expected !== undefined) throw new Refusal(400, `${name} must be ${expected}.`);
  }
  const formats = format === undefined ? undefined : oneOf(...FORMATS)(format);
  if (formats !== undefined) throw new Refusal(400, `format must be ${formats}.`);
  const expected = size === undefined ? undefined : text(size);
  if (expected !== undefined) throw new Refusal(400, `outputResolution must be ${expected}.`);
  const name = (size as string | undefined)?.trim().toLowerCase();
  const preset = name === undefined ? undefined : (SIZES[name] ?? name);
  if (preset !== undefined && !PRESETS.includes(preset)) {
    const known = [...PRESETS, ...Object.keys(SIZES)].join(", ");
    throw new Refusal(400, `outputResolution must be one of ${known}.`);
  }
  // Types are checked together with those of `renderJob`.
  return defined({
    fps: body.fps,
    quality: body.quality ?? "high",
    format,
    workers: body.workers,
    crf: body.crf,
    videoBitrate: body.videoBitrate,
    entryFile: body.entryFile,
    variables: body.variables,
    videoFrameFormat: body.videoFrameFormat,
    outputResolution: preset,
    outputResolutionAspectAgnostic: name !== undefined && TURNING.has(name) ? true : undefined,
    hdrMode: hdrModeOf(body),
    useGpu: gpu,
    debug,
    strictness: bestEffort === false ? "strict" : "best-effort",
  }) as Omit<RenderJobOptions, "projectDir" | "outputPath">;
}

function hdrModeOf({
  outputDynamicRange: range,
  hdrMode: mode,
}: Body): RenderJobOptions["hdrMode"] {
  if (range === undefined) return mode as RenderJobOptions["hdrMode"];
  const expected = oneOf(...Object.keys(RANGES))(range);
  if (expected !== undefined) throw new Refusal(400, `outputDynamicRange must be ${expected}.`);
  const wanted = RANGES[range as string];
  if (mode !== undefined && mode !== wanted) {
    throw new Refusal(400, "outputDynamicRange and hdrMode contradict each other.");
  }
  return wanted;
}

async function projectOf(
  { projectDir, html, previewUrl }: Body,
  settings: ServerSettings,
  signal: AbortSignal,
): Promise<{ dir: string; isTemporary: boolean }> {
  for (const [name, value] of Object.entries({ projectDir, html, previewUrl })) {
    const expected = value === undefined ? undefined : text(value);
    if (expected !== undefined) throw new Refusal(400, `${name} must be ${expected}.`);
  }
  if (projectDir !== undefined) {
    const dir = resolve(projectDir as string);
    if (!statSync(dir, { throwIfNoEntry: false })?.isDirectory()) {
      throw new Refusal(400, `Project directory not found: ${dir}`);
    }
    assertWithin("projectDir", dir, settings.projectDirs);
    return { dir, isTemporary: false };
  }
  if (html === undefined && previewUrl === undefined) {
    throw new Refusal(400, "Missing render source: provide projectDir, previewUrl, or html");
  }
  const { maxBodyBytes: maxBytes, allowPrivateUrls: allowPrivate } = settings;
  const limits = { maxBytes, allowPrivate };
  const page = html ?? (await fetchPage(previewUrl as string, limits, signal));
  const root = process.env.PRODUCER_TMP_PROJECT_DIR || tmpdir();
  return { dir: await ownProject(root, page as string), isTemporary: true };
}

/** A project of one page, in a folder of its own. */
async function ownProject(root: string, page: string): Promise<string> {
  let dir: string | undefined;
  try {
    dir = mkdtempSync(join(root, "hyperframes-project-"));
    writeFileSync(join(dir, "index.html"), page);
    return dir;
  } catch (error) {
    if (dir !== undefined) await rm(dir, { recursive: true, force: true });
    const advice = "Set PRODUCER_TMP_PROJECT_DIR to a folder that can be written, with room.";
    throw new Refusal(500, `The page cannot be kept in ${root}: ${messageOf(error)}. ${advice}`);
  }
}

function outputOf(
  { outputPath, output }: Body,
  settings: ServerSettings,
  projectDir: string,
  format: string,
  id: string,
): string {
  const given = outputPath ?? output;
  if (given === undefined || given === null) {
    // Of its own for each job: two of one project must not share a file.
    return join(settings.rendersDir, `${basename(projectDir)}-${id}.${format}`);
  }
  const expected = text(given);
  if (expected !== undefined) throw new Refusal(400, `outputPath must be ${expected}.`);
  const path = resolve(given as string);
  if (extname(path).toLowerCase() !== `.${format}`) {
    throw new Refusal(400, `outputPath must end in .${format}, or format must name its kind.`);
  }
  assertWithin("outputPath", path, settings.outputDirs);
  return path;
}

function checkAll(options: RenderJobOptions): void {
  try {
    checkOptions(options);
  } catch (error) {
    if (error instanceof NativeRenderError) throw new Refusal(400, error.message);
    throw error;
  }
  const { projectDir, entryFile = "index.html" } = options;
  const entry = resolve(projectDir, entryFile);
  if (!isWithin(entry, projectDir)) {
    throw new Refusal(400, `entryFile "${entryFile}" is outside the project.`);
  }
  if (!statSync(entry, { throwIfNoEntry: false })?.isFile()) {
    throw new Refusal(
      400,
      `Entry file "${entryFile}" not found in project directory: ${projectDir}`,
    );
  }
}

/** @throws Refusal with status 403 for a path outside of all allowed folders, where there are some */
function assertWithin(name: string, path: string, allowed: readonly string[]): void {
  if (allowed.length === 0 || allowed.some((dir) => isWithin(path, dir))) return;
  throw new Refusal(403, `${name} ${path} is outside the folders that this server allows.`);
}

/**
 * Checks the body of a request to lint a page.
 *
 * @throws Refusal with status 400, or 403 for a project outside of the allowed folders
 */
export function assertLintable(body: unknown, allowed: readonly string[]): asserts body is Body {
  if (record(body) !== undefined) throw new Refusal(400, "The body must be a JSON object.");
  const { projectDir, entryFile } = body as Body;
  if (typeof projectDir !== "string") return;
  const dir = resolve(projectDir);
  assertWithin("projectDir", dir, allowed);
  if (typeof entryFile === "string") assertWithin("entryFile", resolve(dir, entryFile), allowed);
}
