/** A private place for one test: project, output, temporary folder and home of its own. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { killRemaining } from "./processes.mjs";

/** Environment variable by which the processes of a workspace are told from everybody else's. */
export const MARK = "HF_E2E_WORKSPACE";

/** Variables of the machine that would change what is tested. */
const UNWANTED =
  /^(?:HYPERFRAMES_|PRODUCER_|FFMPEG_|HF_(?!TEST_|E2E_)|NODE_OPTIONS$|NODE_TEST_|FORCE_COLOR$)/;

/**
 * @typedef {object} Workspace
 * @property {string} dir everything of it is below
 * @property {string} project folder for the composition
 * @property {string} out folder for rendered files
 * @property {string} tmp temporary folder of the processes
 * @property {string} home home folder of the processes
 * @property {(extra?: Record<string, string>) => NodeJS.ProcessEnv} env environment for a process
 * @property {() => string[]} leftovers what renders should not have left, paths below `dir`
 */

/**
 * Makes a workspace that goes away with its test, together with the processes left in it.
 *
 * @param {import("node:test").TestContext} t
 * @returns {Workspace}
 */
export function workspace(t) {
  const dir = mkdtempSync(join(shortFolder(), "hf-e2e-"));
  const at = (name) => join(dir, name);
  for (const name of ["project", "out", "tmp", "home", "home/run"]) mkdirSync(at(name));
  t.after(() => {
    killRemaining(dir);
    rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  });
  return {
    dir,
    project: at("project"),
    out: at("out"),
    tmp: at("tmp"),
    home: at("home"),
    env: (extra) => environment(dir, extra),
    leftovers: () => [...entries(dir, "tmp"), ...temporaryFiles(dir)],
  };
}

/** Where a browser's sockets, far below, still have paths that fit. */
function shortFolder() {
  return tmpdir().length > "/var/tmp".length ? "/tmp" : tmpdir();
}

function environment(dir, extra = {}) {
  const kept = Object.entries(process.env).filter(([name]) => !UNWANTED.test(name));
  return {
    ...Object.fromEntries(kept),
    HYPERFRAMES_BROWSER_PATH: browser(),
    HYPERFRAMES_NATIVE: "only",
    HYPERFRAMES_TELEMETRY: "0",
    DO_NOT_TRACK: "1",
    CI: "1",
    NO_COLOR: "1",
    HOME: join(dir, "home"),
    // Chrome's libraries would else make a folder of their own in the temporary one.
    XDG_RUNTIME_DIR: join(dir, "home", "run"),
    TMPDIR: join(dir, "tmp"),
    [MARK]: dir,
    ...extra,
  };
}

/** The browser that the test run names. */
export function browser() {
  const path = process.env.HYPERFRAMES_BROWSER_PATH;
  if (path && existsSync(path)) return path;
  throw new Error(
    "Set HYPERFRAMES_BROWSER_PATH to a Chrome headless shell, as `npm test -- --only e2e` does.",
  );
}

/** Names a render gives to what it needs only while it runs. */
function temporaryFiles(dir) {
  return ["out", "project"]
    .flatMap((folder) => entries(dir, folder))
    .filter((path) => /hf-transaction|(?:^|\/)work-|hf-native|video-only/.test(path));
}

/** Paths of everything below a folder. What is removed meanwhile, or is no folder, has nothing. */
function entries(dir, folder) {
  let inside = [];
  try {
    inside = readdirSync(join(dir, folder), { withFileTypes: true });
  } catch (error) {
    if (error.code !== "ENOENT" && error.code !== "ENOTDIR") throw error;
  }
  return inside.flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? [path, ...entries(dir, path)] : [path];
  });
}
