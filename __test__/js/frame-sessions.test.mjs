/** Compositions that stay open: what is opened for whom, and what is closed. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { NativeRenderError } from "../../dist/base/errors.js";
import { Asked } from "../../dist/frames/asked.js";
import { Sessions, Stretch } from "../../dist/frames/sessions.js";
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

test("a composition that a render took the memory of is opened once more", async () => {
  const log = [];
  const sessions = new Sessions({ maxSessions: 1, idleMs: 60_000 });
  const taken = new NativeRenderError("HF_NATIVE_BUSY", "a render needed it");
  let runs = 0;
  const work = async () => {
    runs += 1;
    if (runs === 1) throw taken;
    return runs;
  };
  assert.equal(await sessions.with(request("a", log), work, () => true, never), 2);
  const always = async () => {
    throw taken;
  };
  await assert.rejects(
    sessions.with(request("a", log), always, () => true, never),
    taken,
  );
  await sessions.close();
  // Each was opened twice, and no more often.
  assert.equal(log.filter((line) => line === "opened a").length, 4);
});

test("requests of one range share a composition whose files have changed meanwhile", async () => {
  const log = [];
  const sessions = new Sessions({ maxSessions: 2, idleMs: 60_000 });
  const single = request("a", log);
  const range = { ...single, stretch: new Stretch() };
  const change = (text) => writeFileSync(join(single.projectDir, "more.css"), text);
  const ask = (one) => sessions.with(one, async () => 1, isFatal, never);
  await ask(range);
  change("one");
  await ask(range);
  assert.deepEqual(log, ["opened a"]);
  await ask(single);
  assert.equal(log.filter((line) => line === "opened a").length, 2);
  // The range goes on with what is open now.
  change("two");
  await ask(range);
  await ask(range);
  assert.equal(log.filter((line) => line === "opened a").length, 3);
  await sessions.close();
});

test("the core forgets a frame that nobody waits for any more", async () => {
  const asked = [];
  const answers = new Map();
  const session = {
    frame: (_json, number) => {
      asked.push(number);
      return new Promise((resolve) => answers.set(number, resolve));
    },
    forget: (number) => {
      const error = { code: "HF_NATIVE_CANCELLED", message: "forgotten" };
      answers.get(number)({ reply: JSON.stringify({ ok: false, error }) });
    },
  };
  const open = new Asked(session);
  const [leaver, stayer] = [new AbortController(), new AbortController()];
  const left = open.frame(3, { format: "png" }, leaver.signal);
  const stayed = open.frame(4, { format: "png" }, stayer.signal);
  leaver.abort();
  await assert.rejects(left, { code: "HF_NATIVE_CANCELLED" });
  answers.get(asked[1])({ reply: JSON.stringify({ ok: true }), picture: Buffer.from("4") });
  assert.equal(String(await stayed), "4");
  await assert.rejects(open.frame(5, { format: "png" }, leaver.signal));
  assert.equal(asked.length, 2, "not even asked for");
});
