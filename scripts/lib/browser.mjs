/**
 * Finds the browser for renders that the scripts start: a Chrome headless shell, because only
 * that build answers `HeadlessExperimental.beginFrame`.
 */
import { readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { isExecutable, which } from "./run.mjs";

const VARIABLES = ["PRODUCER_HEADLESS_SHELL_PATH", "HYPERFRAMES_BROWSER_PATH"];

/** Where a downloaded browser goes: the first cache that the engine and the CLI look in. */
export const BROWSER_CACHE = join(homedir(), ".cache", "hyperframes", "chrome");

const CACHES = [BROWSER_CACHE, join(homedir(), ".cache", "puppeteer")];
const SYSTEM_NAMES = ["chromium-headless-shell", "chrome-headless-shell"];

/**
 * @returns {string} absolute path of the browser
 * @throws {Error} when there is none, or when a variable names a file that cannot be executed
 */
export function browserPath() {
  const found = findBrowser();
  if (found) return found;
  throw new Error(
    "No Chrome headless shell found. Run `node scripts/setup.mjs`, or set " +
      "HYPERFRAMES_BROWSER_PATH to one.",
  );
}

/**
 * @returns {string | undefined} the browser, or nothing when it must be installed first
 * @throws {Error} when a variable names a file that cannot be executed
 */
export function findBrowser() {
  for (const name of VARIABLES) {
    const path = process.env[name];
    if (!path) continue;
    if (isExecutable(path)) return path;
    throw new Error(`${name} is "${path}", which is not an executable file. Correct or unset it.`);
  }
  for (const cache of CACHES) {
    const path = newestIn(join(cache, "chrome-headless-shell"));
    if (path) return path;
  }
  for (const name of SYSTEM_NAMES) {
    const path = which(name);
    if (path) return path;
  }
  return undefined;
}

/** @returns {string | undefined} platform name of Chrome for Testing, if it builds for this one */
export function chromePlatform() {
  const key = `${process.platform}-${process.arch}`;
  return {
    "linux-x64": "linux64",
    "linux-arm64": "linux-arm64",
    "darwin-arm64": "mac-arm64",
    "darwin-x64": "mac-x64",
    "win32-x64": "win64",
  }[key];
}

/** Cache layout: `<dir>/<platform>-<version>/chrome-headless-shell-<platform>/<binary>`. */
function newestIn(dir) {
  const platform = chromePlatform();
  if (!platform) return undefined;
  const binary = `chrome-headless-shell${process.platform === "win32" ? ".exe" : ""}`;
  return entries(dir)
    .sort((a, b) => compareVersions(b, a))
    .map((version) => join(dir, version, `chrome-headless-shell-${platform}`, binary))
    .find(isExecutable);
}

function entries(dir) {
  try {
    return readdirSync(dir);
  } catch {
    return [];
  }
}

function compareVersions(a, b) {
  return versionOf(a).localeCompare(versionOf(b), "en", { numeric: true });
}

function versionOf(entry) {
  return entry.slice(entry.lastIndexOf("-") + 1);
}
