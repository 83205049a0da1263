/** Whether a file is the one that was wanted, frame by frame. */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ROOT } from "../../scripts/lib/run.mjs";
import { facade } from "../e2e/support/run.mjs";
import { probe } from "../e2e/support/video.mjs";
import { workspace } from "../e2e/support/workspace.mjs";
import { PAGES } from "./pages.mjs";

/**
 * Least likeness of frames whose bits differ, dB: a fresh browser may capture by another lane, and the
 * encoder's quantizers follow every sample.
 */
const LEAST_DB = 38;
const TIMEOUT_MS = 120_000;

/** Files of renders that nothing happened to, by page. @type {Map<string, Promise<string>>} */
const undisturbed = new Map();
let kept;

/** Renders a page once, with the settings of the cells. */
function wanted(page, settings) {
  if (!undisturbed.has(page)) undisturbed.set(page, render(page, settings));
  return undisturbed.get(page);
}

async function render(page, { options, env }) {
  if (!kept) {
    kept = mkdtempSync(join(tmpdir(), "hf-faults-"));
    process.once("exit", () => rmSync(kept, { recursive: true, force: true }));
  }
  const cleanups = [];
  const ws = workspace({ after: (cleanup) => cleanups.push(cleanup) });
  try {
    await PAGES[page].write(ws);
    const outputPath = join(ws.out, "o.mp4");
    const given = { projectDir: ws.project, outputPath, ...options };
    const { error } = await facade(ws, { options: given }, { env, timeoutMs: TIMEOUT_MS });
    if (error) throw new Error(`the page "${page}" does not render undisturbed: ${error.message}`);
    const file = join(kept, `${page.replaceAll(" ", "-")}.mp4`);
    copyFileSync(outputPath, file);
    return file;
  } finally {
    for (const cleanup of cleanups) cleanup();
  }
}

/**
 * Looks at a file.
 *
 * @param {string} file
 * @param {string} page it was rendered from
 * @param {{ options: object, env: Record<string, string> }} settings
 * @returns {Promise<{ problem?: string, what: string }>} `what` for the document
 */
export async function lookAt(file, page, settings) {
  const { frames } = probe(file);
  const due = PAGES[page].frames;
  if (frames !== due) return { problem: `${frames} of ${due} frames`, what: "a file" };
  const other = await wanted(PAGES[page].like ?? page, settings);
  const [ours, theirs] = [hashes(file), hashes(other)];
  const differ = ours.filter((hash, i) => hash !== theirs[i]).length;
  if (differ === 0) return { what: "the file, equal pictures" };
  const least = likeness(file, other);
  const what = `the file, pictures at least ${least.toFixed(1)} dB alike`;
  if (least >= LEAST_DB) return { what };
  const keptAt = join(ROOT, ".cache", "faults", `differs-${page.replaceAll(" ", "-")}.mp4`);
  mkdirSync(dirname(keptAt), { recursive: true });
  copyFileSync(file, keptAt);
  const which = ours.flatMap((hash, i) => (hash === theirs[i] ? [] : [i])).slice(0, 40);
  return { problem: `${what}; ${differ} frames differ (${which}), kept as ${keptAt}`, what };
}

/** What each frame of a file decodes to, as a hash. @param {string} file @returns {string[]} */
export function hashes(file) {
  const args = ["-v", "error", "-nostdin", "-i", file, "-map", "0:v", "-f", "framemd5", "-"];
  const text = execFileSync("ffmpeg", args, { encoding: "utf8", timeout: TIMEOUT_MS });
  return text.split("\n").flatMap((line) => (/^\d/.test(line) ? [line.split(",").at(-1)] : []));
}

/** The least likeness of two frames of the same number, dB. */
export function likeness(file, other) {
  const args = ["-v", "error", "-nostdin", "-i", file, "-i", other];
  const filter = ["-lavfi", "[0:v][1:v]psnr=stats_file=-", "-f", "null", "/dev/null"];
  const text = execFileSync("ffmpeg", [...args, ...filter], {
    encoding: "utf8",
    timeout: TIMEOUT_MS,
  });
  const values = [...text.matchAll(/psnr_avg:(\S+)/g)].map(([, value]) => Number.parseFloat(value));
  return Math.min(
    ...values.map((value) => (Number.isNaN(value) ? Number.POSITIVE_INFINITY : value)),
  );
}
