/**
 * Calls `renderJob` and prints `{ result }` or `{ error }` as its last line. The argument:
 *
 * - `options`: for `renderJob`
 * - `abortOn`: regular expression source; aborts when a progress message matches, "" at once
 * - `abortDelayMs`: waits so long after that
 * - `tell`: writes every progress message to stderr, after "progress: "
 * - `abortable`: aborts on SIGUSR2
 * - `listens`: also prints `heard`: when which message came, with its percentage
 *
 * SIGWINCH keeps the event loop busy for ten seconds.
 */
import { renderJob } from "../../../dist/index.js";

// A clock that is set (libfaketime) is for this process: browsers under it are too slow to be of use.
delete process.env.LD_PRELOAD;

const request = JSON.parse(process.argv[2]);
const {
  options,
  abortOn,
  abortDelayMs = 0,
  tell = false,
  abortable = false,
  listens = false,
} = request;
const BUSY_MS = 10_000;
const abort = new AbortController();
let abortedAt;

function abortNow() {
  if (abortedAt !== undefined) return;
  abortedAt = performance.now();
  abort.abort(new Error("stopped by the test"));
}

function abortSoon() {
  if (abortDelayMs > 0) setTimeout(abortNow, abortDelayMs);
  else abortNow();
}

if (abortable) process.on("SIGUSR2", abortNow);
process.on("SIGWINCH", () => {
  const until = performance.now() + BUSY_MS;
  while (performance.now() < until);
});

const heard = [];
const pattern = abortOn === undefined ? undefined : new RegExp(abortOn);
const extra = {
  onProgress({ progress }, message) {
    if (listens) heard.push({ atMs: Math.round(performance.now()), progress, message });
    if (tell) process.stderr.write(`progress: ${message}\n`);
    if (pattern?.test(message)) abortSoon();
  },
};
if (pattern || abortable) extra.signal = abort.signal;
if (abortOn === "") abortSoon();

const outcome = {};
try {
  outcome.result = await renderJob({ ...options, ...extra });
} catch (error) {
  const { name, message, code, stage, retryable, consoleTail } = error;
  outcome.error = { name, message, code, stage, retryable, consoleTail };
  process.exitCode = 1;
}
if (abortedAt !== undefined) outcome.settledMs = performance.now() - abortedAt;
if (listens) outcome.heard = heard;
console.log(JSON.stringify(outcome));
