/** Stand-ins for upstream and for the addon. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";

/** The repository. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** What the compiler says against a TypeScript file of this folder; empty when it is right. */
export function checkTypes(file) {
  const options = ["--noEmit", "--strict", "--target", "es2022", "--module", "nodenext"];
  const compiler = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  const path = join("__test__", "js", file);
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [compiler, ...options, "--types", "node", path],
    { cwd: ROOT, encoding: "utf8", timeout: 60_000 },
  );
  return status === 0 ? "" : `tsc ended with ${status}: ${stdout}${stderr}`;
}

/** A folder that is removed when the test file ends. */
export function tempDir() {
  const dir = mkdtempSync(join(tmpdir(), "facade-test-"));
  after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** A project folder with one HTML file. */
export function project(html = "<html><head></head><body></body></html>") {
  const dir = tempDir();
  writeFileSync(join(dir, "index.html"), html);
  return dir;
}

/** Collects log lines as `level message`. */
export function recordingLogger(enabled = ["error", "warn", "info", "debug"]) {
  const lines = [];
  const logger = { lines, isLevelEnabled: (level) => enabled.includes(level) };
  for (const level of ["error", "warn", "info", "debug"]) {
    logger[level] = (message) => lines.push(`${level} ${message}`);
  }
  return logger;
}

export class RenderCancelledError extends Error {
  constructor(message = "render_cancelled", reason = "aborted") {
    super(message);
    this.reason = reason;
  }
}

export class RenderQualityError extends Error {
  constructor(warnings) {
    super(`blocked by ${warnings.length}`);
    this.warnings = warnings;
  }
}

/**
 * An upstream whose compile stage behaves as `options` say; after it, it "renders" by writing
 * `cli` to the output.
 */
export function fakeUpstream(options = {}) {
  const {
    traces = true,
    metadata = true,
    html = "<html><head></head><body></body></html>",
  } = options;
  const calls = [];
  const namespace = {
    RenderCancelledError,
    RenderQualityError,
    createRenderJob: (config) => ({
      id: `job-${calls.length}-${Math.round(Math.random() * 1e9)}`,
      config,
      status: "queued",
      progress: 0,
      currentStage: "Queued",
      createdAt: new Date(),
    }),
    resolveConfig: (overrides) => ({ browserGpuMode: "software", vp9CpuUsed: 3, ...overrides }),
    async executeRenderJob(job, _projectDir, outputPath, progress, signal) {
      const rendersDir = process.env.PRODUCER_RENDERS_DIR;
      calls.push({ debug: job.config.debug === true, rendersDir, outputPath });
      const { logger } = job.config;
      const stopped = () => {
        if (signal?.aborted) throw new RenderCancelledError();
      };
      if (job.config.debug) {
        if (traces) logger.info("[Render:trace]", { phase: "pipeline", status: "checkpoint" });
        progress?.(job, "Compiling composition");
        await options.duringCompile?.({ logger, signal });
        stopped();
        if (options.compileError) throw options.compileError;
        const compiled = join(resolve(rendersDir, ".."), ".debug", job.id, "compiled");
        if (options.writes !== false) {
          mkdirSync(compiled, { recursive: true });
          writeFileSync(join(compiled, "index.html"), html);
          writeFileSync(join(compiled, "summary.json"), JSON.stringify(options.summary ?? {}));
        }
        if (metadata) {
          logger.info("Compiled composition metadata", {
            width: 320,
            height: 180,
            staticDuration: 1,
            videoCount: 0,
            audioCount: 0,
            renderModeHints: { recommendScreenshot: false, reasons: [] },
            ...options.said,
          });
        }
        if (traces) {
          logger.info("[Render:trace]", { phase: "compile", status: "end" });
          logger.info("[Render:trace]", {
            phase: "compile",
            status: "checkpoint",
            deviceScaleFactor: 2,
            imageCount: 1,
          });
        }
        await new Promise((done) => setImmediate(done));
        if (options.stopsOnAbort !== false) stopped();
        progress?.(job, options.nextStage ?? "Extracting video frames");
        await new Promise((done) => setImmediate(done));
        if (options.stopsOnAbort !== false) stopped();
      }
      mkdirSync(dirname(outputPath), { recursive: true });
      writeFileSync(outputPath, "cli");
      job.outcome = "completed";
      job.completedAt = new Date();
    },
    createFileServer({ compiledDir, preHeadScripts }) {
      const head = preHeadScripts.map((text) => `<script>${text}</script>`).join("\n");
      const server = createServer((request, response) => {
        const page = readFileSync(join(compiledDir, request.url), "utf8");
        response.end(
          page
            .replace("<head>", () => `<head>${head}`)
            .replace("</body>", "<script>/* renderSeek */</script></body>"),
        );
      });
      return new Promise((done) => {
        server.listen(0, "127.0.0.1", () => {
          const { port } = server.address();
          done({ url: `http://localhost:${port}`, port, close: () => server.close() });
        });
      });
    },
    ...options.namespace,
  };
  return { package: "hyperframes", version: "9.9.9", namespace, calls };
}

/** Summary of a fake native render. */
export const SUMMARY = {
  durationSeconds: 1,
  totalFrames: 30,
  outputBytes: 6,
  perf: {
    renderId: "core",
    totalElapsedMs: 1,
    compositionDurationSeconds: 1,
    totalFrames: 30,
    resolution: { width: 320, height: 180 },
    stages: { captureMs: 5 },
  },
  plan: { lane: "screenshot" },
};

/**
 * An addon whose render runs `script({ emit, spec, cancelled })` and stages "native"; every call
 * is recorded in `calls`, that of `warmBrowser` with its request.
 */
export function fakeBinding(script = async () => {}) {
  const calls = [];
  class NativeRender {
    constructor(specJson, onEvent) {
      this.spec = JSON.parse(specJson);
      this.emit = (event) => onEvent(JSON.stringify(event));
      this.cancelled = new Promise((done) => {
        this.cancel = (reason) => {
          calls.push(`cancel ${reason}`);
          done(reason);
        };
      });
      calls.push("new");
    }
    async run() {
      calls.push("run");
      const failure = await script(this);
      if (failure) return JSON.stringify({ ok: false, error: failure });
      return JSON.stringify({ ok: true, value: SUMMARY });
    }
    async publish() {
      calls.push("publish");
      const { path, format } = this.spec.output;
      if (format === "png-sequence") mkdirSync(path, { recursive: true });
      writeFileSync(format === "png-sequence" ? join(path, "frame_000001.png") : path, "native");
      return JSON.stringify({ ok: true, value: null });
    }
    consoleTail() {
      return [];
    }
    async discard() {
      calls.push("discard");
      return JSON.stringify({ ok: true, value: null });
    }
  }
  return {
    calls,
    binding: {
      NativeRender,
      explainPlan: async () => '{"ok":true,"value":{"lane":"beginframe","workers":2}}',
      warmBrowser: (request) => calls.push(`warm ${request}`),
      coolBrowsers: async () => calls.push("cool"),
      abandonBrowsers: () => calls.push("abandon"),
    },
  };
}
