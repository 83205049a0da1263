/** Upstream's output of a fixture, rendered once and kept until anything that shapes it changes. */
import { createHash } from "node:crypto";
import { mkdir, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { findBrowser } from "../../scripts/lib/browser.mjs";
import { fingerprint, fixturesDir, repoRoot } from "../../scripts/materialize.mjs";
import { upstreamCli, versionLine } from "./engines.mjs";

let toolVersions;

/** Browser and encoder by version: another one of either makes other pixels. */
function tools() {
  const ffmpeg = process.env.HYPERFRAMES_FFMPEG_PATH || "ffmpeg";
  toolVersions ??= [versionLine(findBrowser(), "--version"), versionLine(ffmpeg, "-version")];
  return toolVersions;
}

/** Variables that upstream never reads: those of tests and of the native engine. */
const NOT_UPSTREAM = /^HF_(?:TEST_|NATIVE_|BLEND_ORACLE$)/;

/** Upstream's settings that arrive by environment. */
function upstreamEnv() {
  return Object.entries(process.env)
    .filter(([name]) => /^(?:PRODUCER_|HF_)/.test(name) && !NOT_UPSTREAM.test(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/**
 * @param {string} name of a fixture
 * @param {string[]} flags of the render
 * @param {(output: string) => Promise<void>} render makes the file, throws when it cannot
 * @param {boolean} fresh render even when a kept file fits
 * @returns {Promise<{file: string, cached: boolean}>}
 */
export async function upstreamOutput(name, flags, render, fresh) {
  const facts = [
    await fingerprint(path.join(fixturesDir, name)),
    flags,
    upstreamCli().version,
    tools(),
    upstreamEnv(),
  ];
  const key = createHash("sha256").update(JSON.stringify(facts)).digest("hex").slice(0, 20);
  const dir = path.join(repoRoot, ".cache", "upstream", key);
  const file = path.join(dir, "out.mp4");
  if (!fresh && (await stat(file).catch(() => undefined))) return { file, cached: true };
  const staged = path.join(dir, `staged-${process.pid}.mp4`);
  await mkdir(dir, { recursive: true });
  try {
    await render(staged);
    await rename(staged, file);
  } finally {
    await rm(staged, { force: true });
  }
  const about = { fixture: name, flags, version: upstreamCli().version, tools: tools() };
  await writeFile(path.join(dir, "about.json"), `${JSON.stringify(about, null, 2)}\n`);
  return { file, cached: false };
}
