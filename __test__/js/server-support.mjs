/** A server whose renders are stand-ins, and how its tests ask it. */
import { writeFileSync } from "node:fs";
import { get } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { RenderCancelledError } from "../../dist/api/render-errors.js";
import { startServerOn } from "../../dist/service/start.js";
import { tempDir } from "./support.mjs";

/** Says nothing. */
export const logger = { error() {}, warn() {}, info() {}, debug() {} };

/** Renders at once, or when `gate` resolves; remembers what it was asked for. */
export function renderer({ gate, fail } = {}) {
  const seen = { jobs: [], active: 0, most: 0 };
  const execute = async (job, projectDir, outputPath, progress, signal) => {
    seen.jobs.push({ config: job.config, projectDir, outputPath });
    seen.most = Math.max(seen.most, ++seen.active);
    try {
      Object.assign(job, { currentStage: "Capturing", progress: 50, totalFrames: 9 });
      await progress?.(job, "Streaming frame 4/9");
      const aborted = new Promise((_, reject) => {
        signal.addEventListener("abort", () => {
          Object.assign(job, { outcome: "cancelled" });
          reject(new RenderCancelledError());
        });
      });
      await Promise.race([aborted, gate?.(job) ?? sleep(1)]);
      if (fail) throw Object.assign(new Error("broken"), fail);
      writeFileSync(outputPath, "video");
      Object.assign(job, { outcome: "completed", duration: 0.3, perfSummary: { workers: 1 } });
    } finally {
      seen.active -= 1;
    }
  };
  return { execute, seen };
}

/** A server on a free port, which ends with the test. */
export async function serve(t, options = {}, using = renderer()) {
  const rendersDir = tempDir();
  const all = { port: 0, logger, rendersDir, handleSignals: false, drainMs: 0, ...options };
  const server = startServerOn(all, using.execute);
  await new Promise((resolve) => server.once("listening", resolve));
  t.after(() => server.drain());
  const url = `http://127.0.0.1:${server.address().port}`;
  const post = (path, body, headers = {}, signal) =>
    fetch(url + path, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
      signal,
    });
  const get = (path, headers = {}) => fetch(url + path, { headers });
  return { server, url, post, get, rendersDir, ...using };
}

/** The status of a GET whose path `fetch` would not send as it is. */
export const statusOf = (url, path, headers = {}) =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const asked = get({ hostname, port, path, headers }, ({ statusCode }) => resolve(statusCode));
    asked.once("error", reject);
  });

/** The events of a stream that has ended. */
export const eventsOf = async (response) =>
  (await response.text())
    .split("\n\n")
    .filter(Boolean)
    .map((one) => JSON.parse(one.replace(/^data: /, "")));
