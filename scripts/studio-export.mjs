#!/usr/bin/env node
/**
 * Exports in the real Studio page: starts `hyperframes-native preview`, opens its page in a headless
 * browser, presses what a user presses, and writes pictures of it. Not part of `npm test`.
 *
 *     HYPERFRAMES_BROWSER_PATH=/usr/bin/chromium-headless-shell npm run studio:export -- out/studio
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const WITHIN_MS = 60_000;
const MOST_BYTES = 300_000;

const out = process.argv[2] ?? "out/studio";
mkdirSync(out, { recursive: true });
const node = process.env.HYPERFRAMES_NATIVE_NODE ?? process.execPath;
const dir = mkdtempSync(join(tmpdir(), "hf-studio-"));
const project = join(dir, "launch");
cpSync(join(ROOT, "examples", "launch"), project, { recursive: true });
const port = await freePort();
const base = `http://localhost:${port}`;
const server = spawn(
  node,
  [
    join(ROOT, "bin", "hyperframes-native.js"),
    ...["preview", project, "--foreground", "--no-open", "--force-new", "--port", String(port)],
  ],
  { stdio: ["ignore", "inherit", "inherit"], env: { ...process.env, HYPERFRAMES_NATIVE: "only" } },
);
const steps = [];
let browser;
try {
  await until(async () => (await fetch(`${base}/api/projects`)).ok, "Studio's server");
  browser = await chromium.launch({ executablePath: process.env.HYPERFRAMES_BROWSER_PATH });
  const page = await browser.newPage({ viewport: { width: 1280, height: 720 } });
  await page.goto(base);
  await run(page);
  console.log(JSON.stringify({ steps }, null, 2));
} finally {
  await browser?.close();
  server.kill("SIGINT");
  await new Promise((resolve) => server.once("exit", resolve));
  rmSync(dir, { recursive: true, force: true });
}

async function run(page) {
  const { projects } = await api("/projects");
  const { id } = projects[0];
  const renders = async () => (await api(`/projects/${id}/renders`)).renders;
  await page.waitForLoadState("networkidle").catch(() => undefined);
  await picture(page, "1-open");

  // Starts one, watches it, cancels it.
  const first = await exportFrom(page);
  await until(async () => (await progressOf(first)).progress > 20, "progress");
  steps.push(["watched", await progressOf(first)]);
  await picture(page, "2-exporting");
  await press(page, /cancel/i, `/render/${first}/cancel`);
  await until(async () => (await progressOf(first)).status === "cancelled", "the cancellation");
  assert.deepEqual(await renders(), [], "a cancelled export leaves nothing");
  steps.push(["cancelled", await progressOf(first)]);

  // Finishes one.
  const second = await exportFrom(page);
  await until(async () => (await progressOf(second)).status === "complete", "the export");
  const [finished] = await renders();
  assert.equal(finished.status, "complete");
  steps.push(["finished", finished]);
  await sleep(1500);
  await picture(page, "3-finished");

  // Plays it as the page's player does, a part of the file at a time.
  const file = `${base}/api/projects/${id}/renders/file/${finished.filename}`;
  const played = await page.evaluate(async (url) => {
    const video = document.createElement("video");
    video.src = url;
    const told = new Promise((resolve) => {
      video.onloadedmetadata = () => resolve([video.duration, video.videoWidth]);
      video.onerror = () => resolve([video.error?.message]);
    });
    const part = await fetch(url, { headers: { range: "bytes=0-9" } });
    const length = (await part.arrayBuffer()).byteLength;
    return { metadata: await told, status: part.status, length };
  }, file);
  steps.push(["played", played]);

  // Deletes it.
  await press(page, /delete|remove/i, `/render/${second}`, "DELETE");
  await until(async () => (await renders()).length === 0, "the end of the file");
  steps.push(["deleted", await renders()]);
  await picture(page, "4-deleted");
}

/** Presses Export; gives the id of the job that the page started. */
async function exportFrom(page) {
  const started = page.waitForResponse(
    (response) => response.request().method() === "POST" && /\/render$/.test(response.url()),
    { timeout: WITHIN_MS },
  );
  await pressExport(page);
  const { jobId } = await (await started).json();
  steps.push(["started", jobId]);
  return jobId;
}

/** The page's Export button opens a panel with another one in some versions. */
async function pressExport(page) {
  for (let tries = 0; tries < 3; tries += 1) {
    const buttons = page.getByRole("button", { name: /^\s*(start )?(export|render)/i });
    const count = await buttons.count();
    const button = buttons.nth(Math.max(0, count - 1));
    await button.click({ timeout: 10_000 });
    const heard = await page
      .waitForRequest((request) => request.method() === "POST" && /\/render$/.test(request.url()), {
        timeout: 2000,
      })
      .catch(() => undefined);
    if (heard) return;
  }
}

/** Presses the button of that name; where the page has none, asks the route that it asks. */
async function press(page, name, path, method = "POST") {
  const button = page.getByRole("button", { name }).first();
  if (await button.isVisible().catch(() => false)) {
    await button.click();
    await sleep(300);
    const confirm = page.getByRole("button", { name: /^(yes|confirm|delete)$/i }).first();
    if (await confirm.isVisible().catch(() => false)) await confirm.click();
    steps.push(["pressed", String(name)]);
    return;
  }
  steps.push(["asked", path]);
  await page.evaluate(([url, how]) => fetch(url, { method: how }), [`${base}/api${path}`, method]);
}

async function progressOf(jobId) {
  const stop = new AbortController();
  const response = await fetch(`${base}/api/render/${jobId}/progress`, { signal: stop.signal });
  let text = "";
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const line = /^data:(.*)\n/m.exec(text);
    if (!line) continue;
    stop.abort();
    return JSON.parse(line[1]);
  }
  return {};
}

async function api(path) {
  return (await fetch(`${base}/api${path}`)).json();
}

async function picture(page, name) {
  const path = join(out, `${name}.png`);
  await page.screenshot({ path });
  assert.ok(existsSync(path) && statSync(path).size < MOST_BYTES, `${path} is too large`);
}

async function until(look, what) {
  const deadline = Date.now() + WITHIN_MS;
  for (;;) {
    if (await look().catch(() => false)) return;
    if (Date.now() > deadline) throw new Error(`no sign of ${what} within ${WITHIN_MS} ms`);
    await sleep(100);
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const listener = createServer();
    listener.once("error", reject);
    listener.listen(0, "localhost", () => {
      const { port: found } = listener.address();
      listener.close(() => resolve(found));
    });
  });
}
