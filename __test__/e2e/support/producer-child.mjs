/**
 * Renders with a producer that it loads itself, and prints what came of it as one JSON line. The
 * arguments: `import` or `require`, what is loaded, the project and the output.
 */
import { createRequire } from "node:module";

const [how, specifier, projectDir, outputPath] = process.argv.slice(2);
const require = createRequire(`${process.cwd()}/`);
const producer = how === "require" ? require(specifier) : await import(specifier);
const quiet = { error: console.error, warn: console.error, info() {}, debug() {} };
const job = () => producer.createRenderJob({ fps: 30, quality: "draft", logger: quiet });

const own = await import("../../../dist/index.js");
// Before anything is rendered.
const early = new own.RenderCancelledError() instanceof producer.RenderCancelledError;

const rendered = job();
await producer.executeRenderJob(rendered, projectDir, outputPath);

const abort = new AbortController();
abort.abort();
const cancelled = await producer
  .executeRenderJob(job(), projectDir, outputPath, undefined, abort.signal)
  .catch((error) => error);

console.log(
  JSON.stringify({
    native: rendered.perfSummary?.native !== undefined,
    frames: rendered.totalFrames,
    cancelled: [
      cancelled instanceof producer.RenderCancelledError,
      cancelled instanceof own.RenderCancelledError,
      early,
    ],
  }),
);
process.exit(0);
