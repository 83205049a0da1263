/** What is done with each version of the CLI and both engines, and what is looked at. */
import { existsSync, readdirSync } from "node:fs";
import { createServer } from "node:net";
import { constants } from "node:os";
import { join } from "node:path";
import { numbers } from "./accepted.mjs";
import { runCli, startCli, until } from "./cli.mjs";

/** Does not vary between engines: neither waits long for what never comes. */
const ENV = { PRODUCER_PLAYER_READY_TIMEOUT_MS: "3000" };

/** @typedef {{version: string, engine: "reference"|"native", projects: Record<string, string>, home: string}} Setting */

/** By name; each gives what is compared, by the name of what it is. */
export const SCENARIOS = {
  render: (on) => render(on, { project: "plain" }),
  sources: (on) => render(on, { project: "media" }),
  debug: (on) => render(on, { project: "plain", flags: ["--debug"] }),
  quiet: (on) => render(on, { project: "plain", flags: ["--quiet"] }),
  warning: (on) => render(on, { project: "missing" }),
  strict: (on) => render(on, { project: "missing", flags: ["--no-best-effort"] }),
  // Some versions have to be killed.
  failure: (on) => render(on, { project: "endless", limitMs: 60_000 }),
  refused: (on) => render(on, { project: "plain", flags: ["--fps", "0"] }),
  cancel,
  batch: (on) => batch(on, ["--batch-concurrency", "2", "--json"]),
  preview,
};

async function render(on, { project, flags = [], limitMs }) {
  const output = join(on.home, "o.mp4");
  const args = ["render", on.projects[project], "-o", output, "-q", "draft", ...flags];
  const end = await runCli({ ...on, args, env: ENV, limitMs });
  return { ...facts(end), output: existsSync(output) };
}

/** Presses Ctrl-C once frames come. */
async function cancel(on) {
  const output = join(on.home, "o.mp4");
  const args = ["render", on.projects.long, "-o", output, "-q", "draft", "--workers", "1"];
  // Some versions do not look at the project's own rate.
  args.push("--fps", "24");
  const run = startCli({ ...on, args, env: ENV });
  await until(() => /[1-9]\d*\/4320|"done":[1-9]\d*,"total":4320/.test(run.text.stdout), "frames");
  run.child.kill("SIGINT");
  const end = await run.done;
  return { ...facts(end), output: existsSync(output), left: leftIn(on.home) };
}

/** What a render left in its home, beside its output and what CLI and browser keep there. */
function leftIn(home) {
  const kept = [".cache", ".config", ".hyperframes", "record.jsonl", "o.mp4"];
  const names = readdirSync(home).filter((name) => !kept.includes(name));
  return names.map((name) => name.replace(/^(work-|\.o\.hf-transaction-).*/, "$1*")).sort();
}

/**
 * Upstream's first frames are sometimes empty when two renders start at once, so that a row fails or is
 * captured again another way: it is asked again, at last for one after the other.
 */
async function batch(on, flags, tries = 5) {
  const output = join(on.home, "out-{title}.mp4");
  const args = ["render", on.projects.plain, "--batch", on.projects.rows, "-o", output];
  const end = await runCli({ ...on, args: [...args, "-q", "draft", ...flags], env: ENV });
  const isSmooth = end.code === 0 && !end.records.some(({ value }) => value.status === "error");
  if (!isSmooth && on.engine === "reference" && tries > 1) {
    const concurrency = tries > 4 ? "2" : "1";
    return batch(on, ["--batch-concurrency", concurrency, "--json"], tries - 1);
  }
  const { progress: _, ...rest } = facts(end);
  const files = readdirSync(on.home).filter((name) => name.endsWith(".mp4"));
  return { ...rest, result: batchResult(end.stdout), files: files.sort() };
}

/** What `--batch --json` prints: an object a line, by its type, or one object over many lines. */
function batchResult(stdout) {
  const lines = stdout.split("\n").filter((line) => line.startsWith('{"type":'));
  if (lines.length > 0) {
    const result = {};
    for (const line of lines) {
      const { type, ...rest } = JSON.parse(line);
      result[type] ??= [];
      result[type].push(rest);
    }
    return result;
  }
  const own = stdout.split("\n").filter((line) => !line.startsWith("@hf-progress"));
  const json = /^\{[\s\S]*\}/m.exec(own.join("\n"))?.[0];
  return json === undefined ? stdout : JSON.parse(json);
}

/** What the page of Studio asks its server for. */
async function preview(on) {
  const port = await freePort();
  const args = ["preview", on.projects.plain, "--port", `${port}`];
  const run = startCli({ ...on, args: [...args, ...previewFlags(on.version)], env: ENV });
  const api = `http://localhost:${port}/api`;
  const json = async (path, init) => (await fetch(`${api}${path}`, init)).json();
  try {
    const list = await until(() => json("/projects").catch(() => undefined), "server of Studio");
    const { id } = list.projects[0];
    const started = await json(`/projects/${id}/render`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ fps: 24, quality: "draft", format: "mp4" }),
    });
    const events = await progressEvents(`${api}/render/${started.jobId}/progress`);
    const renders = await json(`/projects/${id}/renders`);
    const name = renders.renders[0]?.filename;
    const file = await fetch(`${api}/projects/${id}/renders/file/${name}`, {
      headers: { range: "bytes=0-9" },
    });
    const kinds = { status: file.status, type: file.headers.get("content-type") };
    await file.arrayBuffer();
    const removed = await fetch(`${api}/render/${started.jobId}`, { method: "DELETE" });
    const after = (await json(`/projects/${id}/renders`)).renders.length;
    const seen = run.records().filter(({ kind }) => kind === "job");
    if (seen.length !== 1) throw new Error(`${seen.length} jobs were recorded`);
    return {
      started,
      events,
      end: events.at(-1)?.status,
      renders,
      file: kinds,
      removed: removed.status,
      after,
      job: told(seen[0]?.value),
    };
  } finally {
    run.child.kill("SIGTERM");
    await run.done;
  }
}

/** Options that keep the server in this process came one by one. */
function previewFlags(version) {
  const from = (first) => numbers(version) >= numbers(first);
  return [
    ...(from("0.7.60") ? ["--no-open"] : []),
    ...(from("0.8.34") ? ["--force-new", "--foreground"] : []),
  ];
}

async function progressEvents(url) {
  const response = await fetch(url, { signal: AbortSignal.timeout(90_000) });
  const events = [];
  for (const line of (await response.text()).split("\n")) {
    if (line.startsWith("data:")) events.push(JSON.parse(line.slice(5)));
  }
  return events;
}

/** What a render told, sorted by what reads it. */
function facts({ code, signal, stdout, stderr, records, debug }) {
  const of = (kind) => records.filter((one) => one.kind === kind).map(({ value }) => value);
  const jobs = of("job");
  const progress = of("progress");
  const lines = stdout.match(/^@hf-progress .*$/gm) ?? [];
  const events = {};
  for (const { event, properties } of of("event")) {
    const key = event === "render_observation" ? `${event} ${phaseKey(properties)}` : event;
    events[key] ??= [];
    events[key].push(properties);
  }
  return {
    // As shells tell it.
    exit: code ?? 128 + constants.signals[signal],
    job: told(jobs[0]),
    outcomes: jobs.map(({ status, outcome }) => [status, outcome]),
    warnings: jobs.flatMap(({ warnings = [] }) => warnings.map((one) => one.code)).sort(),
    thrown: of("thrown"),
    thrownNames: of("thrown").map(({ name }) => name),
    progress: progress.map(({ job: { perfSummary: _, errorDetails: __, ...rest } }) => rest),
    statuses: unique(progress.map(({ job }) => job.status)),
    stages: unique(progress.flatMap(({ job }) => job.stageProgress?.code ?? [])),
    messages: unique(progress.map(({ message }) => words(message))),
    falls: unique(progress.map(({ job }) => job.id)).some((id) => falls(progress, id)),
    lines: lines.map((line) => JSON.parse(line.slice("@hf-progress ".length))),
    trace: byPhase(of("trace")),
    phases: unique(of("trace").map(({ phase, status }) => `${phase} ${status}`)),
    events,
    debug: debug && { files: debug.files, log: debug.log && logShape(debug.log) },
    reasons: /does not cover .* yet \(([^)]*)\)/.exec(`${stdout}${stderr}`)?.[1],
    stderr: stderr.slice(-1500),
  };
}

/** A job, without what is in the events of its trace: that is looked at by phase. */
function told(job) {
  const copy = structuredClone(job);
  for (const { observability } of [copy?.perfSummary ?? {}, copy?.errorDetails ?? {}]) {
    for (const event of observability?.events ?? []) delete event.data;
    delete observability?.lastEvent?.data;
  }
  return copy;
}

/** What is told in each phase of a trace. */
function byPhase(metas) {
  const phases = {};
  for (const meta of metas) {
    const key = phaseKey(meta);
    phases[key] ??= [];
    phases[key].push(meta);
  }
  return phases;
}

/** A render fails in whatever phase it is. */
function phaseKey({ phase, status }) {
  return status === "error" ? "failed" : `${phase} ${status}`;
}

/** Whether the percentage of a job falls. */
function falls(progress, id) {
  const percents = progress.filter(({ job }) => job.id === id).map(({ job }) => job.progress);
  return percents.some((percent, at) => at > 0 && percent < percents[at - 1]);
}

const words = (message) => message.replace(/\d+(\.\d+)?/g, "N");
const unique = (list) => [...new Set(list)];

/** The lines of `render.log`, by what begins each. */
function logShape(log) {
  const kinds = log.split("\n").map((line) => /^\[\d{4}-[^\]]*Z\] (\w+) /.exec(line)?.[1]);
  return unique(kinds.filter(Boolean)).sort();
}

function freePort() {
  return new Promise((resolve, reject) => {
    const listener = createServer();
    listener.once("error", reject);
    listener.listen(0, "localhost", () => {
      const { port } = listener.address();
      listener.close(() => resolve(port));
    });
  });
}
