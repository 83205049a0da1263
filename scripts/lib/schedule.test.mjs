import assert from "node:assert/strict";
import test from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { runScheduled } from "./schedule.mjs";

/** Runs steps that end when they are told to; tells who runs after each end. */
function stage(steps, width) {
  const running = new Map();
  const done = runScheduled(
    steps,
    width,
    ({ name }) =>
      new Promise((resolve, reject) => {
        running.set(name, { end: () => resolve(name.toUpperCase()), fail: reject });
      }),
  );
  return {
    done,
    running: () => [...running.keys()].join(""),
    async end(name, error) {
      const step = running.get(name);
      running.delete(name);
      if (error) step.fail(error);
      else step.end();
      await turn();
    },
  };
}

test("as many as allowed run at a time, in the order of the list", async () => {
  const steps = [..."abcd"].map((name) => ({ name }));
  const { running, end, done } = stage(steps, 2);
  assert.equal(running(), "ab");
  await end("b");
  assert.equal(running(), "ac");
  await end("a");
  assert.equal(running(), "cd");
  await end("c");
  await end("d");
  assert.deepEqual(await done, ["A", "B", "C", "D"]);
});

test("a step waits for those that it names, and others go ahead of it", async () => {
  const steps = [{ name: "a" }, { name: "b", after: ["a", "not chosen"] }, { name: "c" }];
  const { running, end, done } = stage(steps, 2);
  assert.equal(running(), "ac");
  await end("c");
  assert.equal(running(), "a");
  await end("a");
  assert.equal(running(), "b");
  await end("b");
  await done;
});

test("a step that wants to be alone gets it", async () => {
  const steps = [{ name: "a" }, { name: "b", alone: true }, { name: "c" }, { name: "d" }];
  const { running, end, done } = stage(steps, 2);
  assert.equal(running(), "ac");
  await end("a");
  assert.equal(running(), "cd");
  await end("c");
  assert.equal(running(), "d");
  await end("d");
  assert.equal(running(), "b");
  await end("b");
  await done;
});

test("an error starts nothing more, and is thrown when all has ended", async () => {
  const { running, end, done } = stage([{ name: "a" }, { name: "b" }, { name: "c" }], 2);
  const thrown = assert.rejects(done, /stopped/);
  await end("a", new Error("stopped"));
  assert.equal(running(), "b");
  await end("b");
  await thrown;
  assert.equal(running(), "");
});

test("steps that wait for each other are named", async () => {
  const steps = [
    { name: "a", after: ["b"] },
    { name: "b", after: ["a"] },
  ];
  await assert.rejects(
    runScheduled(steps, 2, async () => {}),
    /wait for each other: a, b/,
  );
});
