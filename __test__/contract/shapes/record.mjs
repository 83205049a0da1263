/**
 * Preloaded into a CLI (`node --import`, after the load hook if there is one): writes down what the
 * CLI's producer tells it, and what the CLI would have sent as telemetry. Nothing is sent. One JSON
 * object a line, into the file that `HF_RECORD` names.
 */
import childProcess from "node:child_process";
import dns from "node:dns";
import { appendFileSync } from "node:fs";
import { registerHooks, syncBuiltinESMExports } from "node:module";

const file = process.env.HF_RECORD;
const WRAP = "hyperframesRecordLoaded";
const LOADERS = /^async function (loadProducer|loadStudioProducer)\(\)/m;
/** How the oldest versions load it for Studio. */
const INLINE_STUDIO =
  /(const \{ createRenderJob: \w+, executeRenderJob: \w+ \} = await )Promise\.resolve\(\)\.then\(\(\) => \(\w+\(\), \w+\)\)/;
const note = (kind, value) => appendFileSync(file, `${JSON.stringify({ kind, value })}\n`);

globalThis[WRAP] = (namespace) => ({
  ...namespace,
  executeRenderJob: async (job, projectDir, outputPath, progress, ...rest) => {
    watchLogger(job);
    const sink = (snapshot, message) => {
      note("progress", { job: plain(snapshot), message });
      return progress?.(snapshot, message);
    };
    try {
      await namespace.executeRenderJob(job, projectDir, outputPath, sink, ...rest);
    } catch (error) {
      note("thrown", thrown(error));
      throw error;
    } finally {
      note("job", plain(job));
    }
  },
});

function watchLogger(job) {
  const { logger } = job.config;
  if (!logger) return;
  job.config.logger = { ...logger };
  for (const level of ["error", "warn", "info", "debug"]) {
    job.config.logger[level] = (message, meta) => {
      if (message === "[Render:trace]") note("trace", meta);
      logger[level](message, meta);
    };
  }
  job.config.logger.isLevelEnabled = (level) => logger.isLevelEnabled?.(level) ?? true;
}

function thrown(error) {
  return { name: error.name, message: error.message, keys: Object.keys(error), ...error };
}

/** What programs outside see of a job. */
function plain({ config: _, ...job }) {
  return JSON.parse(JSON.stringify(job));
}

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    if (!/\/hyperframes\/dist\/[^/]+\.js/.test(url) || loaded.source == null) return loaded;
    let text =
      typeof loaded.source === "string" ? loaded.source : new TextDecoder().decode(loaded.source);
    for (;;) {
      const found = LOADERS.exec(text);
      if (!found) break;
      const [head, name] = found;
      const inner = `recordedOriginal_${name}`;
      text = text.replace(
        head,
        () =>
          `async  function ${name}() { return globalThis.${WRAP}(await ${inner}()); }\n` +
          `async function ${inner}()`,
      );
    }
    return { ...loaded, source: text.replace(INLINE_STUDIO, "$1loadProducer()") };
  },
});

// Telemetry: by fetch, or by a process that outlives the CLI.
const isTelemetry = (url) => /posthog\.com/.test(`${url}`);
const noteEvents = (body) => {
  for (const { event, properties } of JSON.parse(body).batch) note("event", { event, properties });
};
const realFetch = globalThis.fetch;
globalThis.fetch = async (url, options) => {
  if (!isTelemetry(url?.url ?? url)) return realFetch(url, options);
  noteEvents(options.body);
  return new Response("{}", { status: 200 });
};
const realSpawn = childProcess.spawn;
childProcess.spawn = (command, args, options) => {
  const script = args?.[0] === "-e" && isTelemetry(args[1]) ? args[1] : undefined;
  if (script === undefined) return realSpawn(command, args, options);
  noteEvents(JSON.parse(/body:("(?:[^"\\]|\\.)*")/.exec(script)[1]));
  return realSpawn(process.execPath, ["-e", ""], { stdio: "ignore" });
};
const realLookup = dns.promises.lookup;
dns.promises.lookup = async (host, ...rest) =>
  isTelemetry(host) ? { address: "127.0.0.1", family: 4 } : realLookup(host, ...rest);
const realLookupCall = dns.lookup;
dns.lookup = (host, ...rest) =>
  isTelemetry(host) ? rest.at(-1)(null, "127.0.0.1", 4) : realLookupCall(host, ...rest);
syncBuiltinESMExports();
