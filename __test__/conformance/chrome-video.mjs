/**
 * Chrome's own picture of a clip: what an author sees in a preview, and so the truth about colours.
 * The page of a fixture is opened as a plain page, each `<video>` is taken to the middle of the
 * source frame that is due, and a photograph without loss is taken.
 */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { endTree } from "../../scripts/lib/process-tree.mjs";

const CALL_TIMEOUT_MS = 20_000;
const CLOSE_MS = 5_000;
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--hide-scrollbars",
  "--force-color-profile=srgb",
  "--mute-audio",
  "--no-first-run",
  "--remote-debugging-pipe",
];

/** In the page: shows every listed element at its time, hides the other clips. */
async function showFrames(times) {
  const videos = [...document.querySelectorAll("video")];
  const inTime = (ms, what) =>
    new Promise((_, reject) => setTimeout(() => reject(new Error(`${what} took ${ms} ms`)), ms));
  const seek = async (video) => {
    if (video.error) throw new Error(`${video.id}: ${video.error.message}`);
    const seeked = new Promise((resolve, reject) => {
      video.onseeked = resolve;
      video.onerror = () => reject(new Error(`${video.id}: ${video.error?.message}`));
    });
    video.currentTime = times[video.id];
    await Promise.race([seeked, inTime(10_000, `seeking ${video.id}`)]);
  };
  for (const video of videos) {
    video.pause();
    video.style.visibility = times[video.id] === undefined ? "hidden" : "visible";
  }
  await Promise.all(videos.filter((video) => times[video.id] !== undefined).map(seek));
  // The frame is on the page two animation frames later.
  for (let i = 0; i < 2; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
}

/**
 * @param {string} browser path of a Chrome headless shell
 * @param {string} page path of an HTML file
 * @param {{width: number, height: number}} size of the page in pixels
 * @param {(show: (times: Record<string, number>) => Promise<Buffer>) => Promise<void>} use is handed
 *   a function that takes seconds by element id and gives a PNG; all are gone when it has ended
 */
export async function withChromeVideo(browser, page, { width, height }, use) {
  const profile = await mkdtemp(path.join(os.tmpdir(), "hf-chrome-video-"));
  const args = [...FLAGS, `--user-data-dir=${profile}`, `--window-size=${width},${height}`];
  const child = spawn(browser, args, { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
  const gone = new Promise((resolve) => {
    child.once("exit", resolve);
    child.once("error", resolve);
  });
  try {
    const call = protocol(child, gone);
    const { targetId } = await call("Target.createTarget", { url: "about:blank", width, height });
    const { sessionId } = await call("Target.attachToTarget", { targetId, flatten: true });
    const inPage = (method, params) => call(method, params, sessionId);
    const metrics = { width, height, deviceScaleFactor: 1, mobile: false };
    await inPage("Emulation.setDeviceMetricsOverride", metrics);
    await inPage("Page.navigate", { url: pathToFileURL(page).href });
    const evaluate = async (expression) => {
      const options = { expression, awaitPromise: true, returnByValue: true };
      const { result, exceptionDetails: failed } = await inPage("Runtime.evaluate", options);
      if (failed) throw new Error(`${page}: ${failed.exception?.description ?? failed.text}`);
      return result.value;
    };
    await evaluate(
      'document.readyState === "complete" || new Promise((r) => addEventListener("load", r)); void 0',
    );
    await use(async (times) => {
      await evaluate(`(${showFrames})(${JSON.stringify(times)})`);
      const { data } = await inPage("Page.captureScreenshot", { format: "png" });
      return Buffer.from(data, "base64");
    });
  } finally {
    // Chrome ends when its pipe does; what does not is ended.
    for (const pipe of child.stdio.slice(3)) pipe.destroy();
    await Promise.race([gone, sleep(CLOSE_MS, undefined, { ref: false })]);
    await endTree(child);
    await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

/** Chrome's protocol over the pipes 3 and 4: JSON, a zero byte after each message. */
function protocol(child, gone) {
  const [, , , toChrome, fromChrome] = child.stdio;
  const waiting = new Map();
  let last = 0;
  let text = "";
  toChrome.on("error", () => {});
  fromChrome.setEncoding("utf8").on("data", (chunk) => {
    const messages = (text + chunk).split("\0");
    text = messages.pop();
    for (const message of messages) {
      const { id, result, error } = JSON.parse(message);
      waiting.get(id)?.(error ? new Error(error.message) : undefined, result);
      waiting.delete(id);
    }
  });
  gone.then(() => {
    for (const settle of waiting.values()) settle(new Error("the browser has ended"));
  });
  return (method, params = {}, sessionId = undefined) =>
    new Promise((resolve, reject) => {
      const id = ++last;
      const settle = (error, result) => {
        clearTimeout(timer);
        if (error) reject(error);
        else resolve(result);
      };
      const late = () => settle(new Error(`${method} did not answer within ${CALL_TIMEOUT_MS} ms`));
      const timer = setTimeout(late, CALL_TIMEOUT_MS);
      waiting.set(id, settle);
      toChrome.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
}
