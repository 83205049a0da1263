/**
 * Chrome's own picture of a clip: what an author sees in a preview, and so the truth about colours.
 * The page of a fixture is opened as a plain page, each `<video>` is taken to the middle of the
 * source frame that is due, and a photograph without loss is taken.
 */
import { pathToFileURL } from "node:url";
import { ChromePipe } from "../../scripts/lib/chrome-pipe.mjs";

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--hide-scrollbars",
  "--force-color-profile=srgb",
  "--mute-audio",
  "--no-first-run",
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
  const chrome = new ChromePipe(browser, [...FLAGS, `--window-size=${width},${height}`]);
  try {
    const target = { url: "about:blank", width, height };
    const { targetId } = await chrome.call("Target.createTarget", target);
    const attach = { targetId, flatten: true };
    const { sessionId } = await chrome.call("Target.attachToTarget", attach);
    const inPage = (method, params) => chrome.call(method, params, sessionId);
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
    await chrome.close();
  }
}
