/**
 * Calls `renderJob` and prints `{ result }` or `{ error }` as its last line. The argument:
 *
 * - `options`: for `renderJob`
 * - `abortOn`: regular expression source; aborts when a progress message matches, "" at once
 * - `abortDelayMs`: waits so long after that
 * - `listens`: also prints `heard`: when which message came, with its percentage
 */
import { renderJob } from "../../../dist/index.js";

const request = JSON.parse(process.argv[2]);
const { options, abortOn, abortDelayMs = 0, listens = false } = request;
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

const extra = {};
if (abortOn !== undefined) {
  extra.signal = abort.signal;
  const pattern = new RegExp(abortOn);
  extra.onProgress = (_job, message) => {
    if (pattern.test(message)) abortSoon();
  };
  if (abortOn === "") abortSoon();
}

const heard = [];
if (listens) {
  extra.onProgress = ({ progress }, message) =>
    heard.push({ atMs: Math.round(performance.now()), progress, message });
}

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
