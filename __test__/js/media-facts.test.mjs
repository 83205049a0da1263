/** Facts read from a compiled document and from upstream's packages, beside the media lists. */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { findEffectsRuntime } from "../../dist/compile/effects-runtime.js";
import { hasHiddenMedia } from "../../dist/compile/hidden-media.js";
import { hasOpenWindows, masterFxChain, namesVolume, withLoops } from "../../dist/compile/sound.js";
import { tempDir } from "./support.mjs";

const listed = { listsMedia: true, staticDuration: 2 };
const tracks = '<video id="clip" src="a.mp4"></video><audio id="song" src="a.mp3"></audio>';

for (const [name, html, facts, hidden] of [
  ["all of it is listed", tracks, {}, false],
  ["it is only counted", tracks, { listsMedia: false }, true],
  ["the length is unknown", tracks, { staticDuration: 0 }, true],
  ["a script makes an element", "<script>document.createElement('audio')</script>", {}, true],
  ["a script makes a player", "<script>new Audio('a.mp3')</script>", {}, true],
  ["a script writes markup", "<script>root.innerHTML = '<audio src=a.mp3>'</script>", {}, true],
  ["a script sets its source", `${tracks}<script>song.src = pick()</script>`, {}, true],
  ["a script sets a picture's source", `${tracks}<script>logo.src = pick()</script>`, {}, false],
  [
    "its source is a given variable",
    '<audio id="a" data-var-src="music"></audio>',
    { variables: { music: "b.mp3" } },
    true,
  ],
  [
    "its source is a variable that is not given",
    '<audio id="a" data-var-src="music"></audio>',
    { variables: { title: "x" } },
    false,
  ],
  ["it is only talked about", "<p>a video, an Audio(file)</p><!-- <video> -->", {}, false],
]) {
  test(`hidden media: ${name}`, () => {
    assert.equal(hasHiddenMedia(html, { ...listed, ...facts }), hidden);
  });
}

test("effects on the whole sound stand on the first composition", () => {
  const html = `<!-- <i data-composition-id="no"> --><script>"<i data-composition-id='no'>"</script>
    <div data-fx-chain='{}'><main data-composition-id=a DATA-FX-CHAIN="{&quot;version&quot;:1}">
    <i data-composition-id="b" data-fx-chain="no"></i></main></div>`;
  assert.equal(masterFxChain(html), '{"version":1}');
  assert.equal(masterFxChain("<p data-composition-id='a' title='data-fx-chain=1'></p>"), undefined);
  assert.equal(masterFxChain("<p></p>"), undefined);
});

for (const [name, script, named] of [
  ["an assignment", "music.volume = 0.5", true],
  ["a tween of any timeline", "master.to(music, { duration: 1, volume: 0 })", true],
  ["a mute", "music.muted = true", true],
  ["a computed property", "music[['vol', 'ume'].join('')] = 0", false],
  ["a tween of something else", "tl.to('#music', { duration: 1, x: 0 })", false],
]) {
  test(`volumes named by scripts: ${name}`, () => {
    const html = `<p>volume</p><script type="module">${script}</script>`;
    assert.equal(namesVolume(html, []), named);
  });
}

test("volumes named by scripts in files of the project", () => {
  const root = tempDir();
  writeFileSync(join(root, "fade in.js"), "export const fade = (a) => { a.volume = 0; };");
  writeFileSync(join(root, "move.js"), "export const move = (a) => { a.x = 0; };");
  writeFileSync(join(root, "library.js"), `a.volume = 0;${" ".repeat(256 << 10)}`);
  const names = (src) => namesVolume(`<script src="${src}"></script>`, [join(root, "no"), root]);
  assert.equal(names("fade%20in.js?v=1"), true);
  const others = ["move.js", "gone.js", "library.js"];
  for (const src of [...others, "https://example.com/volume.js", "//a.b/fade in.js"]) {
    assert.equal(names(src), false, src);
  }
});

test("looped elements are told of the tracks that they are", () => {
  const html = `<audio id="a" loop></audio><audio id="b"></audio><!-- <audio id="b" loop> -->
    <audio id="a" data-hf-render-id="inner-a" LOOP=""></audio><video id="b" loop></video>`;
  const tracks = ["a", "b", "inner-a", "v-audio", "w-audio"].map((id) => ({ id, volume: 1 }));
  const videos = [{ id: "v", loop: true }, { id: "w", loop: false }, { id: "b" }];
  const looped = withLoops(html, tracks, videos).filter((track) => track.loop);
  assert.deepEqual(
    looped.map(({ id }) => id),
    ["a", "inner-a", "v-audio"],
  );
});

for (const [name, tag, open] of [
  ["nothing timed", '<div id="a"></div>', false],
  [
    "a host without an end",
    '<div id="a" data-start="1" data-composition-src="b.html"></div>',
    true,
  ],
  ["a duration", '<section id="a" data-start="1" data-duration="2"></section>', false],
  ["an end", '<div id="a" data-start="1" data-end="2"></div>', false],
  ["no id", '<div data-start="1"></div>', false],
  ["another element", '<p id="a" data-start="1"></p>', false],
]) {
  test(`open windows: ${name}`, () => assert.equal(hasOpenWindows(tag), open));
}

test("the script of audio effects comes from upstream's own bundle", () => {
  const root = tempDir();
  const core = join(root, "node_modules", "@hyperframes", "core");
  mkdirSync(join(core, "dist", "generated"), { recursive: true });
  mkdirSync(join(root, "dist"));
  writeFileSync(join(core, "package.json"), '{"name":"@hyperframes/core","version":"1.0.0"}');
  const upstream = { package: "hyperframes", version: "1.0.0", dir: root };
  writeFileSync(join(root, "dist", "a.js"), "export const AUDIO_FX = 1;");
  assert.equal(findEffectsRuntime(upstream, root), undefined);
  const inline = join(core, "dist", "generated", "audio-fx-runtime-inline.js");
  writeFileSync(inline, "export const AUDIO_FX_RUNTIME_IIFE = `core();\\n`;");
  assert.equal(findEffectsRuntime(upstream, root), "core();\n");
  writeFileSync(
    join(root, "dist", "b.js"),
    "var x = 1;\nvar AUDIO_FX_RUNTIME_IIFE = 'it\\'s(\"\\u0041\");\\n';\nvar y = 'z';",
  );
  assert.equal(findEffectsRuntime(upstream, root), 'it\'s("A");\n');
});
