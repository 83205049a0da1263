/** The page of Studio in a headless browser, and what a user does there with exports. */
import { join } from "node:path";
import { chromium } from "playwright-core";
import { browserPath } from "../../scripts/lib/browser.mjs";
import { repoRoot } from "../../scripts/materialize.mjs";

const SIZE = { width: 1440, height: 810 };
const STEP_MS = 30_000;
const EXPORT_MS = 5 * 60_000;
/** Studio's preview loads this plugin of GSAP from a CDN; the installed package has the same file. */
const PLUGIN = /\/gsap@[\d.]+\/dist\/(MotionPathPlugin\.min\.js)$/;
const FILE_NAME = /launch_[\d_-]+\.mp4/;

/**
 * @typedef {object} Watched
 * @property {number[]} percents that the progress bar showed, without repeats, in order
 * @property {string[]} stages the texts beside it
 */

/**
 * Opens Studio's page.
 *
 * @param {import("node:test").TestContext} t
 * @param {{ url: string, env: NodeJS.ProcessEnv, pictures: string }} options `env` of the browser;
 *   `pictures`: folder
 */
export async function openPage(t, { url, env, pictures }) {
  const browser = await chromium.launch({
    executablePath: browserPath(),
    args: ["--no-sandbox", "--disable-background-networking"],
    env,
  });
  t.after(() => browser.close());
  const context = await browser.newContext({ viewport: SIZE });
  context.setDefaultTimeout(STEP_MS);
  await stayOnThisMachine(context);
  const trouble = [];
  context.on("page", (page) => note(page, trouble));
  const page = await context.newPage();
  await page.addInitScript(watchProgress);
  await page.goto(url);
  await loaded(page);

  const row = (name) =>
    page
      .locator("div")
      .filter({ hasText: name })
      .filter({ has: page.getByRole("button") })
      .last();
  const names = async () => {
    const panel = page.getByText(FILE_NAME);
    return (await panel.allTextContents()).map((text) => FILE_NAME.exec(text)[0]);
  };
  const picture = (of, name) =>
    of.screenshot({ path: join(pictures, `${name}.jpg`), type: "jpeg", quality: 80 });
  const watched = () => page.evaluate(() => window.watchedProgress);

  return {
    /** Clicks Export. Gives the name of the file that the list shows then. */
    async startExport() {
      const before = await names();
      await page.evaluate(() =>
        Object.assign(window.watchedProgress, { percents: [], stages: [] }),
      );
      await page.getByRole("button", { name: "Export", exact: true }).first().click();
      await page.getByRole("button", { name: "Cancel", exact: true }).waitFor();
      const added = (await names()).filter((name) => !before.includes(name));
      if (added.length !== 1) throw new Error(`the list shows ${added.length} new exports`);
      return added[0];
    },

    /** Waits until the progress bar shows more than that many percent. */
    progressBeyond: (percent) =>
      page.waitForFunction((least) => window.watchedProgress.percents.at(-1) > least, percent),

    /** Clicks Cancel of a running export. @returns {Promise<Watched>} */
    async cancel(name) {
      await row(name).getByRole("button", { name: "Cancel", exact: true }).click();
      await row(name).getByText("Cancelled", { exact: true }).waitFor();
      await page.getByRole("button", { name: "Export", exact: true }).first().waitFor();
      return watched();
    },

    /** Waits for the end of an export. @returns {Promise<Watched>} */
    async finish(name) {
      const download = row(name).getByRole("button", { name: `Download ${name}` });
      const ended = page.getByRole("progressbar", { name: /^Render progress/ });
      await ended.waitFor({ state: "detached", timeout: EXPORT_MS });
      if (!(await download.isEnabled())) {
        throw new Error(`the export has failed: ${await row(name).textContent()}`);
      }
      return watched();
    },

    /** Loads the page anew and opens the list of exports. */
    async reload() {
      await page.reload();
      await loaded(page);
      await page.getByRole("tab", { name: /^Renders/ }).click();
      await page.getByText(FILE_NAME).first().waitFor();
    },

    /** Names of all files in the list. */
    listed: names,

    /** Puts the pointer on an export, which plays it in the list. */
    async playInList(name) {
      await row(name).hover();
      return playing(row(name).locator("video[autoplay]"));
    },

    /** Opens an export in a tab of its own, plays it and seeks in it. */
    async playAlone(name) {
      const opened = context.waitForEvent("page");
      await row(name)
        .getByRole("button", { name: `Open ${name} in a new tab` })
        .click();
      const tab = await opened;
      const video = tab.locator("video");
      const facts = await playing(video);
      const soughtTo = await video.evaluate(async (element) => {
        const sought = new Promise((done) => element.addEventListener("seeked", done));
        element.currentTime = 4;
        await sought;
        return element.currentTime;
      });
      await picture(tab, "studio-film");
      await tab.close();
      return { ...facts, soughtTo };
    },

    /** Clicks Download. @returns {Promise<string>} path of the file that the browser has stored */
    async download(name) {
      const event = page.waitForEvent("download");
      await row(name)
        .getByRole("button", { name: `Download ${name}` })
        .click();
      const download = await event;
      if (download.suggestedFilename() !== name) throw new Error(download.suggestedFilename());
      return download.path();
    },

    /** Deletes an export, and confirms it. */
    async remove(name) {
      await row(name)
        .getByRole("button", { name: `Delete ${name}` })
        .click();
      await row(name).getByRole("button", { name: "Delete?", exact: true }).click();
      await page.getByText(name).waitFor({ state: "detached" });
    },

    /** @param {string} name of the picture, without extension */
    picture: (name) => picture(page, name),

    /** Closes the browser. @returns {Promise<string[]>} errors of the page so far */
    async close() {
      await browser.close();
      return trouble;
    },
  };
}

/** Answers what leads elsewhere from installed packages, or not at all. */
async function stayOnThisMachine(context) {
  await context.route(
    ({ hostname, protocol }) => protocol.startsWith("http") && hostname !== "localhost",
    (route) => {
      const file = PLUGIN.exec(route.request().url())?.[1];
      return file
        ? route.fulfill({ path: join(repoRoot, "node_modules", "gsap", "dist", file) })
        : route.abort();
    },
  );
}

/** Collects what goes wrong in a page. */
function note(page, trouble) {
  page.on("pageerror", (error) => trouble.push(`uncaught: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") {
      trouble.push(`console: ${message.text()} (${message.location().url})`);
    }
  });
  page.on("response", (response) => {
    if (response.status() >= 400) trouble.push(`${response.status()} ${response.url()}`);
  });
}

/** Waits until Studio shows the composition and takes exports. */
async function loaded(page) {
  await page.getByRole("button", { name: "00:00/00:06" }).waitFor();
  await page.getByRole("button", { name: "Export", exact: true }).first().waitFor();
}

/** Runs in the page before all else: keeps what the progress bar of an export has shown. */
function watchProgress() {
  window.watchedProgress = { percents: [], stages: [] };
  const { document } = window;
  const look = () => {
    const bar = document.querySelector('[role="progressbar"][aria-label^="Render progress"]');
    if (!bar) return;
    const { percents, stages } = window.watchedProgress;
    const percent = Number(bar.getAttribute("aria-valuenow"));
    const stage = bar.parentElement.querySelector("span")?.textContent ?? "";
    if (percents.at(-1) !== percent) percents.push(percent);
    if (stages.at(-1) !== stage) stages.push(stage);
  };
  new MutationObserver(look).observe(document, {
    subtree: true,
    childList: true,
    characterData: true,
    attributes: true,
  });
}

/** Waits until a video plays and gives what it is. */
async function playing(video) {
  await video.waitFor({ state: "attached" });
  return video.evaluate(async (element, deadlineMs) => {
    const until = performance.now() + deadlineMs;
    const from = element.currentTime;
    while (element.paused || element.readyState < 3 || element.currentTime < from + 0.5) {
      const { error, readyState, currentTime } = element;
      if (error || performance.now() > until) {
        throw new Error(
          `does not play: ${error?.message ?? "no error"}, ready ${readyState}, at ${currentTime} s`,
        );
      }
      await new Promise((next) => requestAnimationFrame(next));
    }
    return {
      seconds: element.duration,
      width: element.videoWidth,
      height: element.videoHeight,
      shown: element.getVideoPlaybackQuality().totalVideoFrames,
    };
  }, STEP_MS);
}
