/** Compositions that stay open: what is opened for whom, and what is closed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Sessions } from "../../dist/frames/sessions.js";
import { project } from "./support.mjs";

const never = new AbortController().signal;
const isFatal = () => false;

/** A promise that resolves when it is told to. */
function makeGate() {
  const gate = {};
  gate.promise = new Promise((resolve) => {
    gate.resolve = resolve;
  });
  return gate;
}

/** A request, and what became of its composition. */
function request(key, log, more = {}) {
  const composition = {
    facts: {},
    close: async () => void log.push(`closed ${key}`),
    abandon: () => undefined,
    ...more,
  };
  const open = async (signal) => {
    log.push(`opened ${key}`);
    composition.signal = signal;
    return composition;
  };
  return { projectDir: more.projectDir ?? project(), key, open };
}

test("one that is in use ends when all are closed, and is told so", async () => {
  const log = [];
  const sessions = new Sessions({ maxSessions: 2, idleMs: 60_000 });
  const used = request("a", log);
  let isClosed;
  const work = sessions.with(
    used,
    (composition) =>
      new Promise((_, reject) => {
        composition.signal.addEventListener("abort", () => reject(composition.signal.reason));
        isClosed = sessions.close();
      }),
    isFatal,
    never,
  );
  await assert.rejects(work, /closed/);
  await isClosed;
  assert.deepEqual(log, ["opened a", "closed a"]);
});

test("nothing is opened for a request that was given up while it waited for room", async () => {
  const log = [];
  const sessions = new Sessions({ maxSessions: 1, idleMs: 60_000 });
  const gate = makeGate();
  const first = sessions.with(request("a", log), () => gate.promise, isFatal, never);
  const given = new AbortController();
  const second = sessions.with(request("b", log), async () => 1, isFatal, given.signal);
  given.abort(new Error("given up"));
  gate.resolve();
  await first;
  await assert.rejects(second, /given up/);
  await sessions.close();
  assert.deepEqual(log, ["opened a", "closed a"]);
});

test("a request that waits for room is refused when all are closed", async () => {
  const log = [];
  const sessions = new Sessions({ maxSessions: 1, idleMs: 60_000 });
  const gate = makeGate();
  const first = sessions.with(request("a", log), () => gate.promise, isFatal, never);
  const second = sessions.with(request("b", log), async () => 1, isFatal, never);
  const closing = sessions.close();
  await assert.rejects(second, { code: "HF_NATIVE_FRAME_CLOSED" });
  gate.resolve();
  await Promise.all([first, closing]);
  assert.deepEqual(log, ["opened a", "closed a"]);
});

test("a composition whose end fails leaves its place to another", async () => {
  const log = [];
  const sessions = new Sessions({ maxSessions: 1, idleMs: 60_000 });
  const close = async () => {
    throw new Error("stuck");
  };
  const broken = request("a", log, { close });
  const unhandled = [];
  const note = (reason) => unhandled.push(reason);
  process.on("unhandledRejection", note);
  await sessions.with(broken, async () => 1, isFatal, never);
  assert.equal(await sessions.with(request("b", log), async () => 2, isFatal, never), 2);
  await sessions.close();
  await new Promise((resolve) => setImmediate(resolve));
  process.off("unhandledRejection", note);
  assert.deepEqual(unhandled, []);
});

test("an idle time longer than timers have is no time at all", async () => {
  const log = [];
  const sessions = new Sessions({ maxSessions: 1, idleMs: 1e12 });
  await sessions.with(request("a", log), async () => 1, isFatal, never);
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.equal(sessions.size, 1);
  await sessions.close();
});
