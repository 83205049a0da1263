/** What pages may say to their consoles: a burst and a rate, with a line that tells what was left out. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import vm from "node:vm";

const SCRIPT = readFileSync(
  new URL("../../src/page/scripts/console_limit.js", import.meta.url),
  "utf8",
);

/** A page whose console keeps its lines, at a time of its own. */
function page() {
  const said = [];
  const say =
    (name) =>
    (...args) =>
      said.push([name, ...args].join(" "));
  const names = ["log", "warn", "error", "assert", "debug", "time"];
  const console = Object.fromEntries(names.map((name) => [name, say(name)]));
  const clock = { ms: 0 };
  const context = vm.createContext({ console, performance: { now: () => clock.ms } });
  vm.runInContext(SCRIPT, context);
  return { said, clock, run: (code) => vm.runInContext(code, context) };
}

const written = (count) => `for (let i = 0; i < ${count}; i++) console.log(i);`;
const FLOOD = written(5000);

test("a usual page says all it has to say", () => {
  const { said, run } = page();
  run(
    "for (let i = 0; i < 900; i++) console.log('line', i); console.warn('w', {}); console.time('t');",
  );
  assert.equal(said.length, 902);
  assert.deepEqual(
    [said[0], ...said.slice(-2)],
    ["log line 0", "warn w [object Object]", "time t"],
  );
});

test("a flood is cut, and what was left out is counted once there is room again", () => {
  const { said, clock, run } = page();
  run(FLOOD);
  assert.equal(said.length, 1000);
  // A second gives room for two hundred.
  clock.ms += 1000;
  run(FLOOD);
  assert.equal(said.length, 1201);
  assert.match(said[1000], /^warn \[hyperframes-native\] 4000 lines of the console were left out/);
  assert.equal(said[1001], "log 0");
  for (let tick = 0; tick < 400; tick++) {
    clock.ms += 10;
    run(written(50));
  }
  const more = said.length - 1201;
  assert.ok(more > 4 * 150 && more <= 4 * 210, `${more} lines in four seconds`);
  assert.ok(said.filter((line) => /left out/.test(line)).length < 10);
});

test("a flood hides neither errors nor what HyperFrames says", () => {
  const { said, run } = page();
  run(FLOOD);
  run("console.error('boom'); console.assert(true, 'fine'); console.assert(false, 'hidden');");
  run("console.error('[HyperFrames] composition script error:', 'vfx: glow');");
  run("console.debug('[hyperframes-native:dialog]', '{}');");
  assert.deepEqual(said.slice(1000), [
    "error boom",
    "error [HyperFrames] composition script error: vfx: glow",
    "debug [hyperframes-native:dialog] {}",
  ]);
  run("for (let i = 0; i < 5000; i++) console.error(i);");
  run("for (let i = 0; i < 5000; i++) console.debug('[hyperframes-native:dialog]', i);");
  assert.equal(said.length, 3000);
});

test("the page's own clock and console change nothing", () => {
  const { said, clock, run } = page();
  run("performance.now = () => 1e9; console.warn = () => {}; console.error = undefined;");
  run(FLOOD);
  clock.ms += 600;
  run("console.log('after')");
  assert.match(said.at(-2), /4000 lines/);
  assert.equal(said.at(-1), "log after");
});
