/**
 * What drawing a composition costs by itself: one browser, and for each frame a seek and a
 * BeginFrame whose picture nobody reads.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { treeCpuSeconds } from "../../../dist/bench/tree-sampler.js";
import { ChromePipe } from "../../../scripts/lib/chrome-pipe.mjs";
import { servePage } from "./page-server.mjs";

const READY_MS = 60_000;
const WARM_UP_STEP_MS = 33;
/** Frame intervals left between the last warm-up tick and the first frame. */
const LEAD = 10;

const READY = `(() => {
  if (!(window.__hf && typeof window.__hf.seek === "function" && window.__hf.duration > 0)) return false;
  if (!Object.keys(window.__timelines || {}).length) return false;
  window.__hfForceTimelineRebind?.();
  return document.fonts.status === "loaded";
})()`;

const seekTo = (seconds) =>
  `(() => { window.__hf.seek(${seconds}); const wait = window.__hfWaitForSeekCompletion; return wait ? Promise.resolve(wait()).then(() => 0) : 0; })()`;

/** A page of that browser at the size of the composition. */
async function openPage(chrome, { width, height, scale, transparent }) {
  const { targetId } = await chrome.call("Target.createTarget", {
    url: "about:blank",
    width,
    height,
    enableBeginFrameControl: true,
  });
  const { sessionId } = await chrome.call("Target.attachToTarget", { targetId, flatten: true });
  const call = (method, params) => chrome.call(method, params, sessionId);
  for (const domain of ["Page", "Runtime", "HeadlessExperimental"]) await call(`${domain}.enable`);
  await call("Emulation.setDeviceMetricsOverride", {
    width,
    height,
    deviceScaleFactor: scale,
    mobile: false,
  });
  if (transparent) {
    const color = { r: 0, g: 0, b: 0, a: 0 };
    await call("Emulation.setDefaultBackgroundColorOverride", { color });
  }
  const evaluate = async (expression) => {
    const params = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await call("Runtime.evaluate", params);
    if (exceptionDetails) {
      const { text, exception } = exceptionDetails;
      throw new Error(`the page failed: ${exception?.description ?? text}`);
    }
    return result.value;
  };
  const draw = (tick, interval, more = {}) =>
    call("HeadlessExperimental.beginFrame", { frameTimeTicks: tick, interval, ...more });
  return { sessionId, call, evaluate, draw };
}

/** Loads the composition while ticking the compositor; the number of ticks spent. */
async function load(page, url) {
  await page.call("Page.navigate", { url });
  const deadline = performance.now() + READY_MS;
  for (let ticks = 0; ; ticks++) {
    await page.draw(ticks * WARM_UP_STEP_MS, WARM_UP_STEP_MS, { noDisplayUpdates: true });
    if (await page.evaluate(READY).catch(() => false)) return ticks + 1;
    if (performance.now() > deadline)
      throw new Error(`the page was not ready within ${READY_MS} ms`);
    await sleep(WARM_UP_STEP_MS);
  }
}

/**
 * Draws every frame once, and reads none.
 * @param {object} options
 * @param {{documentPath: string, compiledDir: string, projectDir: string, width: number,
 *   height: number}} options.composition compiled
 * @param {number} options.frames
 * @param {number} options.fps
 * @param {number} [options.scale] device pixels per CSS pixel
 * @param {boolean} [options.transparent]
 * @param {string} options.executable of the browser
 * @param {string[]} options.args its arguments, see `beginFrameArgs`
 * @param {AbortSignal} [options.signal]
 * @returns {Promise<{wallSeconds: number, cpuSeconds: number, medianMs: number, damaged: number}>}
 *   of the frames alone, without start and loading; `damaged` counts frames that showed a change
 */
export async function renderFloor(options) {
  const {
    composition,
    frames,
    fps,
    scale = 1,
    transparent = false,
    executable,
    args,
    signal,
  } = options;
  const { width, height } = composition;
  const server = await servePage(composition);
  const chrome = new ChromePipe(executable, args, signal);
  try {
    const page = await openPage(chrome, { width, height, scale, transparent });
    const ticks = await load(page, server.url);
    const interval = 1000 / fps;
    const base = ticks * WARM_UP_STEP_MS + LEAD * interval;
    for (const lead of [LEAD - 4, LEAD - 5]) await page.draw(base - lead * interval, interval);
    const times = [];
    let damaged = 0;
    const cpuBefore = treeCpuSeconds(chrome.pid);
    const began = performance.now();
    for (let frame = 0; frame < frames; frame++) {
      const start = performance.now();
      await page.evaluate(seekTo(frame / fps));
      const { hasDamage } = await page.draw(base + frame * interval, interval);
      if (hasDamage) damaged++;
      times.push(performance.now() - start);
    }
    const wallSeconds = (performance.now() - began) / 1000;
    const cpuSeconds = treeCpuSeconds(chrome.pid) - cpuBefore;
    times.sort((a, b) => a - b);
    return { wallSeconds, cpuSeconds, medianMs: times[times.length >> 1], damaged };
  } finally {
    await chrome.close();
    await server.close();
  }
}
