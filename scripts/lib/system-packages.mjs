/**
 * ffmpeg, the browser, Redis and a C linker from the system's package manager: apt on Debian and Ubuntu,
 * brew on macOS, elsewhere a message with the commands. Never asks a question.
 */
import { join } from "node:path";
import { BROWSER_CACHE, chromePlatform, findBrowser } from "./browser.mjs";
import { nodeForCli } from "./cli-node.mjs";
import { ROOT, run, which } from "./run.mjs";

const APT_ENV = { DEBIAN_FRONTEND: "noninteractive" };
const APT_BROWSER = "chromium-headless-shell";
// Without a font package a bare machine renders every system font as empty boxes.
const APT_FONTS = "fonts-liberation";

/** @typedef {"ffmpeg" | "linker" | "redis" | "browser"} Need */

/** @returns {Need[]} what this machine lacks */
export function missingFromSystem() {
  /** @type {Need[]} */
  const missing = [];
  if (!which("ffmpeg") || !which("ffprobe")) missing.push("ffmpeg");
  if (process.platform === "linux" && !["cc", "gcc", "clang"].some(which)) missing.push("linker");
  if (!which("redis-server")) missing.push("redis");
  if (!findBrowser()) missing.push("browser");
  return missing;
}

/**
 * @param {Need[]} missing from `missingFromSystem`
 * @throws {Error} with the commands to type when this machine cannot be served
 */
export async function installFromSystem(missing) {
  if (missing.length === 0) return;
  if (process.platform === "linux" && which("apt-get")) return installByApt(missing);
  if (process.platform === "darwin" && which("brew")) {
    if (missing.includes("ffmpeg")) await run("brew", ["install", "ffmpeg"]);
    if (missing.includes("redis")) await run("brew", ["install", "redis"]);
    if (missing.includes("browser")) await downloadBrowser([]);
    return;
  }
  throw new Error(adviceFor(missing));
}

/**
 * @param {Need[]} missing
 * @returns {string} what to type on a machine without a known package manager
 */
export function adviceFor(missing) {
  const lines = {
    ffmpeg: "ffmpeg and ffprobe: install ffmpeg and put both on PATH",
    linker: "a C linker: install gcc or clang",
    redis: "redis-server, for the tests of fleets: install redis and put it on PATH",
    browser: `a Chrome headless shell: npx ${browserCommand([]).join(" ")}`,
  };
  return ["Please install what is missing:", ...missing.map((need) => `  ${lines[need]}`)].join(
    "\n",
  );
}

async function installByApt(missing) {
  const packages = [];
  if (missing.includes("ffmpeg")) packages.push("ffmpeg");
  if (missing.includes("linker")) packages.push("gcc", "libc6-dev");
  if (missing.includes("redis")) packages.push("redis-server");

  const prefix = rootPrefix();
  if (!prefix) {
    if (missing.includes("browser")) packages.push(APT_BROWSER, APT_FONTS);
    throw new Error(
      "Installing packages needs root, and there is no sudo. Run as root:\n" +
        `  apt-get update && apt-get install -y ${packages.join(" ")}`,
    );
  }
  await apt(prefix, ["update", "-qq"]);
  // Debian has the headless shell as a package, Ubuntu does not.
  const browserByApt = missing.includes("browser") && (await aptHas(APT_BROWSER));
  if (browserByApt) packages.push(APT_BROWSER);
  if (missing.includes("browser")) packages.push(APT_FONTS);
  if (packages.length > 0) {
    await apt(prefix, ["install", "-y", "-qq", "--no-install-recommends", ...packages]);
  }
  if (missing.includes("browser") && !browserByApt) {
    if (!chromePlatform()) throw new Error(adviceFor(["browser"]));
    await downloadBrowser(process.getuid?.() === 0 ? ["--install-deps"] : []);
  }
}

/** @returns {string[] | undefined} what to put before apt-get, or nothing when it cannot work */
function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  // -n: fail at once instead of asking for a password.
  return which("sudo") ? ["sudo", "-n", "--preserve-env=DEBIAN_FRONTEND"] : undefined;
}

async function apt(prefix, args) {
  const [command, ...rest] = [...prefix, "apt-get", ...args];
  await run(command, rest, { env: APT_ENV });
}

async function aptHas(name) {
  const { output } = await run("apt-cache", ["policy", name], { output: "capture", check: false });
  return /Candidate: (?!\(none\))\S/.test(output);
}

function browserCommand(extra) {
  return [
    "@puppeteer/browsers",
    "install",
    "chrome-headless-shell@stable",
    "--path",
    BROWSER_CACHE,
    ...extra,
  ];
}

async function downloadBrowser(extra) {
  const [, ...args] = browserCommand(extra);
  const tool = join(ROOT, "node_modules", "@puppeteer", "browsers", "lib", "main-cli.js");
  await run(nodeForCli(), [tool, ...args]);
}
