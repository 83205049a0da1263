/** Runs `hyperframes-native preview` and speaks the HTTP API that Studio's page speaks. */
import { createServer } from "node:net";
import { startCli } from "./run.mjs";

const START_MS = 30_000;
const REQUEST_MS = 20_000;

/**
 * @typedef {object} Studio
 * @property {string} base address of its page
 * @property {(path: string, init?: RequestInit) => Promise<Response>} request path below `/api`
 * @property {(jobId: string, until?: (state: any) => boolean) => Promise<any[]>} follow the states
 *   that the progress stream sends, up to the first one that satisfies `until`, or its end
 * @property {import("./run.mjs").Running} running
 */

/**
 * Starts Studio's server on a free port.
 *
 * @param {import("./workspace.mjs").Workspace} ws
 * @param {Parameters<typeof startCli>[2]} [options]
 * @returns {Promise<Studio>}
 */
export async function startStudio(ws, options) {
  const port = await freePort();
  const flags = ["--foreground", "--no-open", "--force-new", "--port", String(port)];
  const running = await startCli(ws, ["preview", ws.project, ...flags], options);
  const base = `http://localhost:${port}`;
  await Promise.race([reachable(`${base}/api/projects`), endedEarly(running)]);
  const request = (path, init = {}) =>
    fetch(`${base}/api${path}`, { signal: AbortSignal.timeout(REQUEST_MS), ...init });
  return { base, request, running, follow: (jobId, until) => follow(base, jobId, until) };
}

export async function follow(base, jobId, until = () => false) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), REQUEST_MS);
  const response = await fetch(`${base}/api/render/${jobId}/progress`, { signal: stop.signal });
  const states = [];
  let text = "";
  try {
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const lines = text.split("\n");
      text = lines.pop();
      for (const line of lines) {
        if (!line.startsWith("data:")) continue;
        states.push(JSON.parse(line.slice("data:".length)));
        if (until(states.at(-1))) return states;
      }
    }
    return states;
  } finally {
    clearTimeout(timer);
    stop.abort();
  }
}

async function reachable(url) {
  const deadline = Date.now() + START_MS;
  for (;;) {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(1000) });
      if (response.ok) return;
    } catch {
      // Not up yet.
    }
    if (Date.now() > deadline) throw new Error(`Studio did not answer within ${START_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function endedEarly(running) {
  const { text } = await running.done;
  throw new Error(`Studio ended:\n${text}`);
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "localhost", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
