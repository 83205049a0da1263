/**
 * Many renders in one process: what they take together, and what is left afterwards.
 *
 *   npm run load -- jobs [--count 8] [--at-once 8] [--project DIR] [--quality draft] [--workers N]
 *   npm run load -- server [--count 203] [--project DIR]
 *
 * `jobs` calls `renderJob` so many times, all at once or some. `server` sends so many requests at once to a server
 * with its defaults (2 run, 200 wait). Without a project, a small composition is rendered. Fails when
 * a render fails, a limit is passed, or something is left.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { endTree } from "../../dist/bench/process-tree.js";
import { look, Sampler } from "./sampler.mjs";

const LONGEST_MS = 30 * 60_000;
/** How long what has ended may take to be gone. */
const GONE_WITHIN_MS = 10_000;
const RUNS = 2;
const WAITS = 200;

const PAGE = `<!doctype html><html><head><meta charset="utf-8"><title>Load</title><style>
  body { margin: 0; } #root { position: relative; width: 320px; height: 180px; background: #135; }
  #box { position: absolute; width: 40px; height: 40px; background: #fa0;
    animation: go 0.5s linear both; }
  @keyframes go { to { transform: translate(280px, 140px); } }
</style></head><body><div id="root" data-composition-id="main" data-start="0" data-duration="0.5"
  data-width="320" data-height="180"><div id="box"></div></div></body></html>`;

const child = (name) => fileURLToPath(new URL(name, import.meta.url));

function start(name, argument) {
  const args = ["--expose-gc", child(name), argument];
  return spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
}

async function jobs({ count, atOnce, project, outDir, quality, workers }) {
  const options = { quality, ...(workers ? { workers } : {}) };
  const request = { project, outDir, jobs: count, atOnce, options };
  const began = performance.now();
  const running = start("many-jobs.mjs", JSON.stringify(request));
  const sampler = new Sampler(running.pid);
  let last = "";
  for await (const line of createInterface({ input: running.stdout })) last = line;
  const most = sampler.stop();
  const seconds = (performance.now() - began) / 1000;
  const renders = JSON.parse(last);
  const budgetMib = renders.find(({ granted }) => granted)?.granted.processMib;
  console.log(JSON.stringify({ seconds, most, budgetMib, renders }));
  const failed = renders.filter(({ error }) => error);
  if (failed.length > 0) throw new Error(`${failed.length} renders failed`);
  if (most.mib > budgetMib) throw new Error(`${most.mib} MiB were taken of ${budgetMib}`);
}

async function askFor(port, project, outputPath) {
  const body = JSON.stringify({ projectDir: project, outputPath, quality: "draft", fps: 30 });
  const headers = { "content-type": "application/json" };
  const url = `http://127.0.0.1:${port}/render/stream`;
  const response = await fetch(url, { method: "POST", headers, body });
  if (response.status !== 200) return { status: response.status, error: await response.text() };
  const events = (await response.text()).split("\n\n").filter(Boolean);
  const { type, error } = JSON.parse(events.at(-1).slice("data: ".length));
  return type === "complete" ? { status: 200 } : { status: 500, error };
}

/** What is there once nothing runs any more and `files` are open at most. */
async function settled(pid, files = Number.POSITIVE_INFINITY) {
  const deadline = Date.now() + GONE_WITHIN_MS;
  for (;;) {
    const now = look(pid);
    if ((now.children === 0 && now.files <= files) || Date.now() > deadline) return now;
    await sleep(100);
  }
}

async function server({ count, project, outDir }) {
  const running = start("server.mjs", outDir);
  try {
    const lines = createInterface({ input: running.stdout });
    const [port] = await once(lines, "line");
    const heapMib = async () => {
      running.stdin.write("\n");
      return Number((await once(lines, "line"))[0]);
    };
    const paths = Array.from({ length: count }, (_, at) => join(outDir, `${at}.mp4`));
    // What is loaded once is loaded before.
    await askFor(port, project, join(outDir, "first.mp4"));
    const heapBefore = await heapMib();
    const before = await settled(running.pid);
    const sampler = new Sampler(running.pid);
    const began = performance.now();
    const ends = await Promise.all(paths.map((path) => askFor(port, project, path)));
    const seconds = (performance.now() - began) / 1000;
    const most = sampler.stop();
    // Connections that are kept open for further requests are closed after five seconds.
    const after = await settled(running.pid, before.files);
    const heapAfter = await heapMib();
    const statuses = {};
    for (const { status } of ends) statuses[status] = (statuses[status] ?? 0) + 1;
    const { samples } = sampler;
    const curve = [0, 0.1, 0.25, 0.5, 0.75, 1].map((part) => {
      const sample = samples[Math.round(part * (samples.length - 1))];
      return {
        seconds: Math.round(sample.seconds),
        ownMib: Math.round(sample.ownMib),
        files: sample.files,
      };
    });
    console.log(
      JSON.stringify({ seconds, statuses, most, before, after, heapBefore, heapAfter, curve }),
    );
    const wanted = Math.min(count, RUNS + WAITS);
    if (statuses[200] !== wanted || (statuses[429] ?? 0) !== count - wanted) {
      const one = ends.find(({ status }) => status === 500);
      throw new Error(`not ${wanted} renders and ${count - wanted} refusals: ${one?.error}`);
    }
    if (most.encoders > RUNS) throw new Error(`${most.encoders} encoders at a time`);
    if (after.children > 0) throw new Error(`${after.children} processes are left`);
    if (after.files > before.files)
      throw new Error(`${after.files - before.files} files are left open`);
  } finally {
    running.stdin.end();
    await endTree(running);
  }
}

async function main() {
  const text = { type: "string" };
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { count: text, "at-once": text, project: text, quality: text, workers: text },
  });
  const kinds = { jobs: [jobs, 8], server: [server, RUNS + WAITS + 1] };
  const [run, usual] = kinds[positionals[0]] ?? [];
  if (!run) throw new Error(`name one of ${Object.keys(kinds).join(", ")}`);
  const dir = mkdtempSync(join(tmpdir(), "hyperframes-load-"));
  try {
    writeFileSync(join(dir, "index.html"), PAGE);
    const project = values.project ? resolve(values.project) : dir;
    const count = Number(values.count ?? usual);
    const workers = values.workers && Number(values.workers);
    const atOnce = Number(values["at-once"] ?? count);
    const late = setTimeout(() => process.exit(2), LONGEST_MS);
    const outDir = mkdtempSync(join(tmpdir(), "hyperframes-load-out-"));
    try {
      await run({ count, atOnce, project, outDir, quality: values.quality ?? "draft", workers });
    } finally {
      clearTimeout(late);
      await rm(outDir, { recursive: true, force: true });
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
