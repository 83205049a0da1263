import assert from "node:assert/strict";
import { test } from "node:test";
import { spanText } from "../../dist/progress/eta.js";
import { CrateCounter, countText } from "./crate-progress.mjs";

/** What cargo 1.88 prints into a pipe. */
const PRINTED = `   Compiling b v0.1.0 (/somewhere/b)
   Compiling c v0.1.0 (/somewhere/c)
    Building [                             ] 0/3: c, b                                            \r   Compiling a v0.1.0 (/somewhere)
    Building [========>                    ] 1/3: a, b                                            \r    Building [==================>          ] 2/3: a                                               \r    Finished \`dev\` profile [unoptimized + debuginfo] target(s) in 0.28s
`;

test("crates are counted as cargo counts them, wherever its output is cut", () => {
  const whole = new CrateCounter().read(PRINTED);
  assert.deepEqual(whole, { done: 2, total: 3, names: ["a"] });
  for (const length of [1, 7, 50]) {
    const counter = new CrateCounter();
    const seen = [];
    for (let at = 0; at < PRINTED.length; at += length) {
      const count = counter.read(PRINTED.slice(at, at + length));
      if (count) seen.push(`${count.done}/${count.total} ${count.names.join("+")}`);
    }
    const last = seen.at(-1);
    assert.equal(last, "2/3 a");
    if (length < 50) assert.deepEqual(seen, ["0/3 c+b", "1/3 a+b", "2/3 a"]);
  }
});

test("names that cargo had no room for are left out, and other lines say nothing", () => {
  const line =
    "    Building [=====>     ] 120/266: chromiumoxide_cdp, tokio, ring(build), syn, serde...\n";
  const count = new CrateCounter().read(line);
  assert.deepEqual(count.names, ["chromiumoxide_cdp", "tokio", "ring(build)", "syn", "serde"]);
  assert.equal(
    countText(count, 95, spanText),
    "compiling Rust, 146 of 266 crates to go (chromiumoxide_cdp, tokio, ring(build)), 1 min 35 s so far",
  );
  assert.equal(new CrateCounter().read("   Compiling 3/4 v1.0.0\n    Finished\n"), undefined);
});
