/** Compiling a project with upstream's compile stage. */
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { NativeRenderError } from "../base/errors.js";
import { parseFps } from "../base/fps.js";
import type { Logger, RenderConfig } from "../base/types.js";
import { cancelledError } from "../upstream/errors.js";
import type { Upstream } from "../upstream/types.js";
import { type CompiledComposition, SCHEMA_VERSION } from "../wire/generated.js";
import { compileTimeoutMs } from "./compile-timeout.js";
import { assembleDocument } from "./document.js";
import { findEffectsRuntime } from "./effects-runtime.js";
import { hasHiddenMedia } from "./hidden-media.js";
import { readMetadata } from "./metadata.js";
import { assertFiles } from "./odd-sources.js";
import { hasEffects, hasOpenWindows } from "./sound.js";
import { runCompileStage } from "./stage.js";
import { requiresWebgpu } from "./webgpu.js";
import { createWorkspace } from "./workspace.js";

/** Options of {@link compile}. */
export interface CompileOptions {
  signal?: AbortSignal | undefined;
  /** Gets upstream's warnings; its other lines arrive as debug. */
  logger?: Logger | undefined;
  /** Deadline of upstream's compile stage in ms; default 600 000. */
  timeoutMs?: number | undefined;
  /** Random numbers of the page depend on the frame alone, as those of chunks. */
  seededRandom?: boolean | undefined;
}

/** A compiled composition in a temporary folder, and facts that decide which engine renders it. */
export interface Compilation {
  composition: CompiledComposition;
  /** Output pixels per CSS pixel; absent when the upstream version does not tell. */
  deviceScaleFactor?: number;
  /** The upstream version lists its media; older ones only count them. */
  listsMedia: boolean;
  /** A composition demands WebGPU. */
  requiresWebgpu: boolean;
  /** Script file that runs audio effects; absent when there are none, or no script. */
  audioEffects?: string;
  timings: { stageMs: number; documentMs: number };
  /** The compiled document was on disk at the milestone, as the compile contract demands. */
  writtenAtMilestone: boolean;
  /** Removes the temporary folder; call it when the render is over. */
  dispose(): Promise<void>;
  /** Keeps the temporary folder instead. Gives its new name. */
  keep(): string;
}

/**
 * Compiles a project with upstream's compile stage and takes the finished page from upstream's file
 * server, so that both are those of the version in use.
 *
 * @param upstream the release to use, see `resolveUpstream`
 * @param projectDir folder of the project
 * @param config the render's configuration
 * @throws upstream's own error for a composition it rejects, or a NativeRenderError
 *   (`HF_NATIVE_COMPILE_*`)
 */
export async function compile(
  upstream: Upstream,
  projectDir: string,
  config: RenderConfig,
  options: CompileOptions = {},
): Promise<Compilation> {
  const fps = parseFps(config.fps);
  if (!fps) {
    throw new NativeRenderError(
      "HF_NATIVE_INVALID_OPTION",
      `fps must be a positive integer or { num, den }, got ${JSON.stringify(config.fps)}.`,
      { stage: "compile" },
    );
  }
  const root = resolve(projectDir);
  const workspace = createWorkspace();
  const assertActive = () => {
    if (options.signal?.aborted) throw cancelledError(upstream.namespace, options.signal);
  };
  try {
    assertActive();
    assertFiles(root, config.entryFile ?? "index.html");
    const stage = await runCompileStage({
      upstream,
      projectDir: root,
      config,
      workspace,
      logger: options.logger,
      signal: options.signal,
      timeoutMs: options.timeoutMs ?? compileTimeoutMs(),
    });
    assertActive();
    const documentStart = Date.now();
    const { compiledDir } = stage;
    const compiledHtml = readFileSync(join(compiledDir, "index.html"), "utf8");
    const metadata = await readMetadata(upstream, root, compiledDir, stage.facts, compiledHtml);
    const { seededRandom } = options;
    const document = await assembleDocument(upstream, root, compiledDir, fps, seededRandom);
    const documentPath = join(workspace.root, "document.html");
    writeFileSync(documentPath, document.html);
    assertActive();
    const { deviceScaleFactor, media } = metadata;
    const audioEffects = saveEffectsRuntime(upstream, root, media, workspace.root);
    const listsMedia = upstream.namespace.collectRenderMedia !== undefined;
    const isHidden = hasHiddenMedia(compiledHtml, {
      listsMedia,
      staticDuration: metadata.staticDuration,
      variables: config.variables,
    });
    const entry = join(root, config.entryFile ?? "index.html");
    const isScripted =
      isHidden || (media.audios.length > 0 && hasOpenWindows(readFileSync(entry, "utf8")));
    return {
      composition: {
        schemaVersion: SCHEMA_VERSION,
        producer: { package: upstream.package, version: upstream.version },
        projectDir: root,
        compiledDir,
        documentPath,
        preHead: document.preHead,
        entryFile: (config.entryFile ?? "index.html").replaceAll("\\", "/"),
        width: metadata.width,
        height: metadata.height,
        staticDuration: metadata.staticDuration,
        media: metadata.media,
        hints: { ...metadata.hints, ...(isScripted ? { scriptedMedia: true } : {}) },
      },
      listsMedia,
      requiresWebgpu: requiresWebgpu(compiledHtml),
      ...(audioEffects === undefined ? {} : { audioEffects }),
      timings: { stageMs: stage.elapsedMs, documentMs: Date.now() - documentStart },
      writtenAtMilestone: stage.writtenAtMilestone,
      dispose: workspace.remove,
      keep: workspace.keep,
      ...(deviceScaleFactor === undefined ? {} : { deviceScaleFactor }),
    };
  } catch (error) {
    await workspace.remove();
    throw error;
  }
}

/**
 * Saves the script that runs audio effects in `folder`, if any of these sounds has effects.
 *
 * @returns its path; undefined without effects, or where the project has no such script
 */
export function saveEffectsRuntime(
  upstream: Upstream,
  projectDir: string,
  { audios, masterFxChain }: CompiledComposition["media"],
  folder: string,
): string | undefined {
  if (!hasEffects(audios, masterFxChain)) return undefined;
  const script = findEffectsRuntime(upstream, projectDir);
  if (script === undefined) return undefined;
  const path = join(folder, "audio-effects.js");
  writeFileSync(path, script);
  return path;
}
