/** The adapter that `@hyperframes/studio-server` takes, with exports and thumbnails of this engine. */
import { statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { type Check, callable, invalid, record, text } from "../base/checks.js";
import { defined } from "../base/defined.js";
import { NativeRenderError } from "../base/errors.js";
import type { FrameRendererOptions } from "../frames/options.js";
import { createFrameRenderer, type FrameRenderer } from "./frames.js";
import { createStartRender, type StartRender, type StudioRendererOptions } from "./studio.js";

/** A project as Studio's server knows it. */
export interface StudioProject {
  id: string;
  /** Absolute. */
  dir: string;
  title?: string;
}

/** What Studio's server passes when a thumbnail is asked for. */
export interface StudioThumbnailOptions {
  project: StudioProject;
  /** HTML file within the project. */
  compPath: string;
  /** Seconds; behind the end the last frame is shown. */
  seekTime: number;
  outputWidth: number;
  outputHeight: number;
  /** Of Studio's own thumbnails: theirs are cut to that element, ours show the whole frame. */
  selector?: string;
  format?: "jpeg" | "png";
  signal: AbortSignal;
}

/** What a linter found in one page. */
export interface StudioLintResult {
  findings: { code?: string; severity: string; message: string; file?: string; fixHint?: string }[];
}

/** Options of {@link createStudioAdapter}. */
export interface StudioAdapterOptions extends StudioRendererOptions, FrameRendererOptions {
  /** Folders of the projects. A project's id is the name of its folder, which must be unique. */
  projects: readonly string[];
  /** Where a project's exports go. Default: `renders` in the project. */
  rendersDir?: (project: StudioProject) => string;
  /** Address of HyperFrames' page runtime, which the host serves. Default `/api/runtime.js`. */
  runtimeUrl?: string;
  /**
   * The page of a project for the preview; null has the server take the file itself. Default: the
   * bundler of `@hyperframes/core`, where that is installed.
   */
  bundle?: (projectDir: string) => Promise<string | null>;
  /** Default: finds nothing. */
  lint?: (
    html: string,
    options?: { filePath?: string; isSubComposition?: boolean },
  ) => StudioLintResult | Promise<StudioLintResult>;
}

/** The adapter; see the `StudioApiAdapter` of `@hyperframes/studio-server`. */
export interface StudioAdapter {
  /** All projects. */
  listProjects(): StudioProject[];
  /** The project of that id, or null. */
  resolveProject(id: string): StudioProject | null;
  /** The page for the preview; null has the server take the file itself. */
  bundle(projectDir: string): Promise<string | null>;
  /** What is wrong in a page. */
  lint(
    html: string,
    options?: { filePath?: string; isSubComposition?: boolean },
  ): StudioLintResult | Promise<StudioLintResult>;
  runtimeUrl: string;
  /** Where exports of a project go. */
  rendersDir(project: StudioProject): string;
  startRender: StartRender;
  /** A frame as JPEG or PNG. */
  generateThumbnail(options: StudioThumbnailOptions): Promise<Buffer>;
  /** Cancels running exports, ends all browsers, and returns when that is done. */
  close(): Promise<void>;
}

const CHECKS: Record<keyof StudioAdapterOptions, Check> = {
  projects: (v) =>
    Array.isArray(v) && v.length > 0 && v.every((dir) => text(dir) === undefined)
      ? undefined
      : "a list of project folders",
  rendersDir: callable,
  runtimeUrl: text,
  bundle: callable,
  lint: callable,
  upstream: callable,
  // Checked by whoever takes them.
  maxSessions: () => undefined,
  idleMs: () => undefined,
};

/**
 * The adapter for `createStudioApi` of `@hyperframes/studio-server`.
 *
 * @throws NativeRenderError `HF_NATIVE_INVALID_OPTION` naming the field
 */
export function createStudioAdapter(options: StudioAdapterOptions): StudioAdapter {
  check(options);
  const { maxSessions, idleMs, upstream, bundle = bundleWithCore, lint } = options;
  const projects = projectsIn(options.projects);
  const renderer = createFrameRenderer(defined({ maxSessions, idleMs }));
  const start = createStartRender(defined({ upstream }));
  const running = new Set<ReturnType<StartRender>>();
  return {
    listProjects: () => projects,
    resolveProject: (id) => projects.find((project) => project.id === id) ?? null,
    bundle,
    lint: lint ?? (() => ({ findings: [] })),
    runtimeUrl: options.runtimeUrl ?? "/api/runtime.js",
    rendersDir: options.rendersDir ?? ((project) => join(project.dir, "renders")),
    startRender(asked) {
      const state = start(asked);
      running.add(state);
      const forget = () => running.delete(state);
      // An engine of the host's own may reject.
      state.finished.then(forget, forget);
      return state;
    },
    generateThumbnail: (asked) => thumbnail(renderer, asked),
    async close() {
      const all = [...running];
      for (const state of all) state.cancel();
      const closing = renderer.close();
      await Promise.allSettled(all.map((state) => state.finished));
      await closing;
    },
  };
}

async function thumbnail(
  renderer: FrameRenderer,
  {
    project,
    compPath,
    seekTime,
    outputWidth,
    outputHeight,
    format,
    signal,
  }: StudioThumbnailOptions,
): Promise<Buffer> {
  const options = {
    entryFile: compPath || "index.html",
    format: format ?? "jpeg",
    width: outputWidth,
    height: outputHeight,
    signal,
  };
  const seconds = Math.max(0, seekTime);
  try {
    return await renderer.renderFrame(project.dir, seconds, options);
  } catch (error) {
    if (!isCode(error, "HF_NATIVE_FRAME_TIME")) throw abortError(error, signal);
    const duration = await renderer.duration(project.dir, options);
    return renderer.renderFrame(project.dir, duration, options);
  }
}

/** What the server takes for a request that nobody waits for any more. */
function abortError(error: unknown, signal: AbortSignal): unknown {
  return signal.aborted ? new DOMException("Aborted", "AbortError") : error;
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof NativeRenderError && error.code === code;
}

function check(options: StudioAdapterOptions): void {
  if (record(options) !== undefined) throw invalid("options", "a plain object", options);
  for (const [field, value] of Object.entries(options)) {
    const known = (CHECKS as Record<string, Check>)[field];
    if (!Object.hasOwn(CHECKS, field) || !known) {
      throw new NativeRenderError(
        "HF_NATIVE_INVALID_OPTION",
        `Unknown option "${field}". Known options: ${Object.keys(CHECKS).join(", ")}.`,
      );
    }
    const expected = value === undefined ? undefined : known(value);
    if (expected !== undefined) throw invalid(field, expected, value);
  }
  const expected = CHECKS.projects(options.projects);
  if (expected !== undefined) throw invalid("projects", expected, options.projects);
}

function projectsIn(folders: readonly string[]): StudioProject[] {
  const projects: StudioProject[] = [];
  for (const folder of folders) {
    const dir = resolve(folder);
    const id = basename(dir);
    const isFolder = statSync(dir, { throwIfNoEntry: false })?.isDirectory();
    if (!isFolder) throw invalid("projects", "a list of project folders", folder);
    if (projects.some((other) => other.id === id)) {
      throw invalid("projects", "folders with different names", folder);
    }
    projects.push({ id, dir, title: id });
  }
  return projects;
}

/** As the CLI's own server does. */
async function bundleWithCore(projectDir: string): Promise<string | null> {
  // Not a dependency: whoever has Studio's server has it.
  const name = "@hyperframes/core/compiler";
  const core = await import(name).catch(() => undefined);
  return core ? await core.bundleToSingleHtml(projectDir) : null;
}
