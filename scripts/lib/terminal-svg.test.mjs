import assert from "node:assert/strict";
import { test } from "node:test";
import { broken, runsOf, terminalSvg } from "./terminal-svg.mjs";

const text = (rows) => rows.map((row) => row.map((run) => run.text).join(""));

test("colours begin and end where their sequences stand", () => {
  const [[bold, plain], [red]] = runsOf(
    "\u001b[1mhead\u001b[22m rest\n\u001b[?25l\u001b[31mbad\u001b[39m",
  );
  assert.deepEqual([bold.text, bold.bold, plain.text, plain.bold], ["head", true, " rest", false]);
  assert.equal(red.text, "bad");
  assert.notEqual(red.colour, plain.colour);
});

test("lines break where the terminal ends, in the middle of a style too", () => {
  assert.deepEqual(text(broken(runsOf("abcdefgh\n\nxy"), 3)), ["abc", "def", "gh", "", "xy"]);
  assert.deepEqual(text(broken(runsOf("ab\u001b[31mcd\u001b[39me"), 3)), ["abc", "de"]);
  assert.deepEqual(text(broken(runsOf("✓✓✓✓"), 3)), ["✓✓✓", "✓"]);
});

test("a picture has the command, every line, and nothing that is not SVG", () => {
  const svg = terminalSvg({ command: "echo <a>", output: "\u001b[32m✓\u001b[39m a & b\nlast\n" });
  assert.match(svg, /^<svg [\s\S]*<\/svg>\n$/);
  assert.match(svg, />echo &lt;a&gt;</);
  assert.match(svg, /> a &amp; b</);
  assert.equal(svg.match(/<text /g).length, 3);
  assert.ok(!svg.includes("\u001b"));
});
