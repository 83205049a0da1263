/** What a page script says a page has still to do, with a clock set by hand. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { runInNewContext } from "node:vm";

const DRIVER = join(import.meta.dirname, "../../src/page/scripts/driver");

/** A window with the script in it. `sources` are the addresses of the functions that call. */
function page() {
  const clock = { now: 0 };
  let handle = 0;
  class Worker extends EventTarget {
    postMessage() {}
  }
  const natives = {
    setTimeout: () => ++handle,
    setInterval: () => ++handle,
    clearTimeout() {},
    clearInterval() {},
    Worker,
  };
  const window = { ...natives };
  window.top = window;
  const document = {
    readyState: "complete",
    fonts: { status: "loaded" },
    querySelector: () => null,
  };
  const performance = { now: () => clock.now };
  const modules = {};
  const define = (name, make) => {
    modules[name] = make(modules);
  };
  const files = ["engine", "pending"].map((name) => join(DRIVER, `${name}.js`));
  const text = files.map((file) => readFileSync(file, "utf8")).join("\n");
  runInNewContext(text, { window, document, performance, define });
  const module = modules.pending;
  const awaited = () => [...module.pending().awaited];
  const events = () => module.pending().events;
  return { clock, window, document, natives, awaited, events, release: module.release };
}

test("a timer is awaited until it is due or taken back", () => {
  const { clock, window, awaited, events } = page();
  assert.deepEqual(awaited(), []);
  window.setTimeout(() => 1, 500);
  const other = window.setTimeout(() => 2, 800);
  assert.deepEqual(awaited(), ["a timer of 500 ms", "a timer of 800 ms"]);
  const before = events();
  window.clearTimeout(other);
  assert.ok(events() > before);
  clock.now = 500;
  assert.deepEqual(awaited(), ["a timer of 500 ms"]);
  clock.now = 501;
  assert.deepEqual(awaited(), []);
});

test("a timer that is due much later is not awaited", () => {
  const { window, awaited, events } = page();
  window.setTimeout(() => 1, 3_600_000);
  window.setInterval(() => 2, 60_000);
  assert.deepEqual(awaited(), []);
  assert.equal(events(), 0);
});

test("code that sets itself again and again is awaited for a time, and no longer", () => {
  const { clock, window, awaited, events } = page();
  window.setInterval(() => "tick", 1000);
  const poll = () => window.setTimeout(poll, 50);
  poll();
  for (clock.now = 50; clock.now < 5000; clock.now += 51) poll();
  assert.deepEqual(awaited(), ["a timer of 1000 ms", "a timer of 50 ms"]);
  for (; clock.now < 6100; clock.now += 51) poll();
  assert.deepEqual(awaited(), []);
  const before = events();
  poll();
  assert.equal(events(), before, "it counts no more");
  window.setTimeout(() => "other code", 50);
  assert.deepEqual(awaited(), ["a timer of 50 ms"]);
});

test("timers of HyperFrames' own scripts are not the page's", () => {
  const { window, awaited } = page();
  const engine = "window.setTimeout(() => 1, 8000)\n//# sourceURL=hyperframes://injected/0";
  runInNewContext(engine, { window });
  assert.deepEqual(awaited(), []);
  runInNewContext(engine.replace("injected/0", "composition"), { window });
  assert.deepEqual(awaited(), ["a timer of 8000 ms"]);
});

test("a worker is awaited until it answers", () => {
  const { clock, window, awaited } = page();
  const worker = new window.Worker();
  assert.ok(worker instanceof window.Worker);
  assert.deepEqual(awaited(), ["a worker"]);
  worker.dispatchEvent(new Event("message"));
  assert.deepEqual(awaited(), []);
  worker.postMessage(1);
  assert.deepEqual(awaited(), ["a worker"]);
  clock.now = 10_001;
  assert.deepEqual(awaited(), []);
});

test("the document, its fonts and scripts that follow them are awaited", () => {
  const { document, awaited } = page();
  document.readyState = "interactive";
  document.fonts.status = "loading";
  document.querySelector = () => ({});
  assert.deepEqual(awaited(), ["the load event", "fonts", "scripts that follow fonts"]);
});

test("the page gets the browser's functions back, but for those it replaced itself", () => {
  const { window, natives, awaited, release } = page();
  const own = () => 0;
  window.setInterval = own;
  window.setTimeout(() => 1, 500);
  const kept = window.setTimeout;
  release();
  kept(() => 2, 500);
  assert.equal(window.setInterval, own);
  for (const name of ["setTimeout", "clearTimeout", "clearInterval", "Worker"]) {
    assert.equal(window[name], natives[name], name);
  }
  assert.deepEqual(awaited(), []);
});
