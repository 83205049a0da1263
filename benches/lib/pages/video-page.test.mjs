import assert from "node:assert/strict";
import { test } from "node:test";
import { cases as hdr, hdrPage } from "../../cases/hdr/bench.mjs";
import { cases as oneClip } from "../../cases/video-1/bench.mjs";
import { cards as eight } from "../../cases/videos/bench.mjs";
import { cases as fourK } from "../../cases/videos-4k/bench.mjs";
import { overlapping, thirtyClipCases, together } from "./thirty-clips.mjs";
import { videoPage } from "./video-page.mjs";

const CANVAS = { width: 1920, height: 1080 };
const LAYOUTS = {
  eight: [eight(), 6],
  overlapping: [overlapping(), 15],
  together: [together(), 15],
};

test("cards lie on the page, within its time and within their clips", () => {
  for (const [name, [cards, seconds]] of Object.entries(LAYOUTS)) {
    for (const card of cards) {
      const { left, top, width, height, start, from = 0 } = card;
      assert.ok(left >= 0 && left + width <= CANVAS.width, name);
      assert.ok(top >= 0 && top + height <= CANVAS.height, name);
      assert.ok(start >= 0 && start + card.seconds <= seconds, name);
      assert.ok(from + card.seconds <= seconds, name);
    }
  }
});

test("cards that are shown at once do not cover each other", () => {
  for (const [name, [cards]] of Object.entries(LAYOUTS)) {
    for (const [index, a] of cards.entries()) {
      for (const b of cards.slice(index + 1)) {
        const apart = a.start + a.seconds <= b.start || b.start + b.seconds <= a.start;
        const beside = a.left + a.width <= b.left || b.left + b.width <= a.left;
        const below = a.top + a.height <= b.top || b.top + b.height <= a.top;
        assert.ok(apart || beside || below, `${name}: ${a.clip} and ${b.clip}`);
      }
    }
  }
});

test("thirty clips overlap, eight at a time at most, each a file of its own", () => {
  const cards = overlapping();
  assert.equal(new Set(cards.map(({ clip }) => clip)).size, 30);
  const shownAt = (frame) =>
    cards.filter(({ start, seconds }) => {
      const at = frame / 30;
      return start <= at && at < start + seconds;
    }).length;
  const shown = Array.from({ length: 450 }, (_, frame) => shownAt(frame));
  assert.equal(Math.max(...shown), 8);
  assert.ok(Math.min(...shown) >= 1);
  assert.deepEqual(
    thirtyClipCases("small").map(({ name, onRequest }) => [name, onRequest ?? false]),
    [
      ["overlapping", false],
      ["together", true],
    ],
  );
});

test("a page has a timed, muted video for each card", () => {
  const page = { title: "T", titleStyle: "", seconds: 15, ...CANVAS, cards: overlapping() };
  const html = videoPage(page);
  const videos = html.match(/<video [^>]*>/g);
  assert.equal(videos.length, 30);
  assert.match(videos[2], /src="assets\/clip-02\.mp4" muted .*data-duration="3" .*start="4"/);
  assert.doesNotMatch(videos[0], /data-media-start/);
  assert.match(html, /tl\.fromTo\("#v0", \{"scale":1\}/);
  assert.match(html, /tl\.fromTo\("#card1", \{"scale":1\}/);
  assert.doesNotMatch(html, /tl\.to\("#card29"/);
});

test("everything on the page with HDR has a time, without which upstream does not show it", () => {
  const elements = hdrPage().match(/<\w+ [^>]*class="clip"[^>]*>/g);
  assert.equal(elements.length, 3);
  for (const element of elements) assert.match(element, /data-start="0" data-duration="3"/);
});

test("cases with clips name the windows of their floor", () => {
  for (const { name, windows, prepare } of [...oneClip(), ...fourK(), ...hdr()]) {
    assert.deepEqual([typeof windows, typeof prepare], ["function", "function"]);
    assert.match(name, /^\d+$/);
  }
});
