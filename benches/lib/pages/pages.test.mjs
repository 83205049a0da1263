import assert from "node:assert/strict";
import { test } from "node:test";
import { heavyPage } from "../../cases/heavy/compose.mjs";
import { slidesPage } from "../../cases/slides/compose.mjs";
import { lightPage } from "./light-page.mjs";
import { randoms } from "./project.mjs";

test("random numbers repeat and stay in 0..1", () => {
  const [one, two] = [randoms(7), randoms(7)];
  for (let i = 0; i < 1000; i++) {
    const value = one();
    assert.equal(value, two());
    assert.ok(value > 0 && value < 1);
  }
});

test("a page is the same for the same options, and as long as asked for", () => {
  const options = { frames: 240, fps: 15, width: 960, height: 540 };
  assert.equal(lightPage(options), lightPage(options));
  assert.match(lightPage(options), /data-duration="16" data-width="960" data-height="540"/);
  assert.match(slidesPage({ slides: 5, secondsEach: 4 }), /data-duration="20"/);
});

test("only the transparent page has no background", () => {
  assert.match(lightPage({ frames: 30, transparent: true }), /background: none;/);
  assert.doesNotMatch(lightPage({ frames: 30 }), /background: none;/);
});

test("the heavy page has 200 elements", () => {
  assert.equal(heavyPage({ frames: 60 }).match(/<div id="e\d+"/g).length, 200);
});

test("slides need time to enter", () => {
  assert.throws(() => slidesPage({ slides: 2, secondsEach: 1 }), /secondsEach is 1; use more than/);
});
