/** Media lists after a page was watched. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { completeMedia } from "../../dist/compile/watched-media.js";

/** The reader of markup: here, each look is JSON of its lists. */
const upstream = (more = {}) => ({
  package: "hyperframes",
  version: "0.0.0",
  namespace: {
    collectRenderMedia: (html) => ({ videos: [], audios: [], images: [], ...JSON.parse(html) }),
    ...more,
  },
});
const composition = (media, staticDuration = 3) => ({
  compiledDir: "/compiled",
  staticDuration,
  media: { videos: [], audios: [], images: [], ...media },
});
const look = (lists, time = 0, changed = []) => ({ time, html: JSON.stringify(lists), changed });
const clip = (id, more) => ({ id, src: `${id}.mp4`, start: 0, end: 2, loop: false, ...more });

async function videosAfter(compiled, ...looks) {
  const watched = { duration: 3, looks };
  const done = await completeMedia(upstream(), composition({ videos: compiled }), watched);
  return done.composition.media.videos;
}

test("elements that scripts made are added, in the order in which they were found", async () => {
  const [a, b, c] = ["a", "b", "c"].map((id) => clip(id));
  const later = clip("b", { start: 1 });
  assert.deepEqual(
    await videosAfter([a], look({ videos: [a, b] }), look({ videos: [later, c] }, 1)),
    [a, b, c],
  );
});

test("an element that scripts took away before the first frame is no clip", async () => {
  const a = clip("a");
  assert.deepEqual(await videosAfter([a, clip("gone")], look({ videos: [a] })), [a]);
});

test("times of the markup stay, but for an earlier end", async () => {
  const compiled = clip("a", { start: 0.5, end: null, playbackRate: 2 });
  for (const [seen, end] of [
    [{ start: 0, end: null }, null],
    [{ start: 0.2, end: 1.5 }, 1.5],
  ]) {
    const [merged] = await videosAfter([compiled], look({ videos: [clip("a", seen)] }));
    assert.deepEqual(merged, { ...compiled, end });
  }
  const [kept] = await videosAfter([clip("a")], look({ videos: [clip("a", { end: 9 })] }));
  assert.equal(kept.end, 2);
});

test("another source comes with the times that the page has", async () => {
  const seen = clip("a", { src: "b.mp4", end: 9, loop: true });
  assert.deepEqual(await videosAfter([clip("a")], look({ videos: [seen] })), [seen]);
});

test("a source that changes later is named once", async () => {
  const a = clip("a");
  const watched = {
    duration: 3,
    looks: [
      look({ videos: [a] }),
      { time: 1.26, html: null, changed: ["a"] },
      { time: 2, html: null, changed: ["a"] },
    ],
  };
  const { notes } = await completeMedia(upstream(), composition({ videos: [a] }), watched);
  assert.equal(notes.length, 1);
  assert.match(notes[0], /"a" gets another source at 1\.3 s/);
});

test("a length that the markup has not is the page's", async () => {
  const watched = { duration: 4.5, looks: [] };
  const unknown = await completeMedia(upstream(), composition({}, 0), watched);
  assert.equal(unknown.composition.staticDuration, 4.5);
  const known = await completeMedia(upstream(), composition({}, 2), watched);
  assert.equal(known.composition.staticDuration, 2);
});

test("sources on other hosts are downloaded beside the compiled files", async () => {
  const asked = [];
  const localizeRemoteMediaSources = async (html, dir) => {
    asked.push(dir);
    return { html: html.replaceAll("https://a.test/", "_remote_media/") };
  };
  const collectRenderMedia = (html) => {
    const src = /src="([^"]*)"/.exec(html)?.[1];
    return { videos: [], audios: [{ id: "a", src }], images: [] };
  };
  const remote = upstream({ localizeRemoteMediaSources, collectRenderMedia });
  const after = async (html) => {
    const watched = { duration: 3, looks: [{ time: 0, html, changed: [] }] };
    const done = await completeMedia(remote, composition({}), watched);
    return done.composition.media.audios[0].src;
  };
  assert.equal(await after('<audio id="a" src="https://a.test/b.mp3">'), "_remote_media/b.mp3");
  assert.deepEqual(asked, ["/compiled"]);
  assert.equal(await after('<audio id="a" src="b.mp3">'), "b.mp3");
  assert.equal(asked.length, 1, "nothing to download");
});
