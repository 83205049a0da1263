/** Sound, compared with what upstream makes of the same page: the same samples but for
 * rounding, and as long. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  assertClean,
  assertExit,
  assertNative,
  assertUntouched,
  putExisting,
} from "./support/expect.mjs";
import { fakeFfmpeg, script } from "./support/fake-tool.mjs";
import { element, timed, video } from "./support/html.mjs";
import { writeProject } from "./support/project.mjs";
import { cli, startCli } from "./support/run.mjs";
import { assertSameSamples, makeSound, renderBoth, soundFacts } from "./support/sound.mjs";
import { WHOLE_ONLY } from "./support/whole.mjs";
import { workspace } from "./support/workspace.mjs";

const SECONDS = 2;
/** Sound does not depend on the frame rate, and renders with fewer frames end sooner. */
const FEW_FRAMES = ["--fps", "10"];
const sine = (frequency, rate, seconds = 3) =>
  `sine=frequency=${frequency}:sample_rate=${rate}:duration=${seconds}`;
const noise = (seed, gain, seconds = 3) =>
  `anoisesrc=d=${seconds}:c=pink:r=48000:a=${gain}:seed=${seed}`;
const surround = "pan=5.1|FL=c0|FR=0.8*c0|FC=0.5*c0|LFE=0.2*c0|BL=0.3*c0|BR=0.1*c0";

/** Without noise that the decoder makes up, which is another one wherever it starts. */
const AAC = ["-c:a", "aac", "-aac_pns", "0"];

/** Media by name: lavfi source and output arguments. */
const MEDIA = {
  "tone.wav": [sine(440, 44_100), ["-af", "pan=stereo|c0=c0|c1=0.3*c0,volume=3"]],
  "mono.wav": [sine(300, 8_000), ["-af", "volume=3"]],
  "hiss.wav": [noise(9, 0.3), ["-ac", "2"]],
  "mono.mp3": [sine(300, 8_000), ["-af", "volume=3"]],
  "noise.m4a": [noise(4, 0.3), AAC],
  "wide.opus": [noise(5, 0.4), ["-ac", "2", "-c:a", "libopus"]],
  "six.flac": [sine(500, 96_000), ["-af", surround]],
  "loud.wav": [noise(6, 1), ["-ac", "2", "-af", "volume=12dB"]],
  // Sound that starts later than the picture beside it.
  "late.mp4": [
    noise(7, 0.3),
    ["-f", "lavfi", "-i", "color=c=red:s=64x64:d=3:r=25", "-filter:a", "asetpts=PTS+0.4/TB"].concat(
      ["-map", "1:v", "-map", "0:a", "-c:v", "libx264", "-preset", "ultrafast", ...AAC],
    ),
  ],
};

let counter = 0;
const audio = (src, start, more = {}) => {
  counter += 1;
  return element("audio", { id: `a${counter}`, src, "data-start": start, ...more });
};
const film = (id, more) => video(id, "late.mp4", { class: undefined, ...more });
const automation = (...list) => ({
  version: 1,
  lanes: list.map(([target, ...points]) => ({
    target,
    points: points.map(([t, v, curve]) => ({ t, v, ...(curve ? { curve } : {}) })),
  })),
});
const chain = (...nodes) => ({ version: 1, nodes });

/** What a composition sounds like: body, and attributes of the root. */
const CASES = {
  "containers, layouts and sample rates": {
    body: [
      audio("tone.wav", 0, { "data-duration": 1.5, "data-media-start": 0.25 }),
      audio("mono.mp3", 0.3, { "data-duration": 1.1 }),
      audio("noise.m4a", 0.5, { "data-end": 1.7 }),
      audio("wide.opus", 0.7, { "data-duration": 9, "data-media-start": 0.4 }),
      audio("six.flac", 0.1),
      audio("late.mp4", 0.2, { "data-media-start": 0.1, "data-duration": 1.5 }),
    ],
  },
  "videos with sound": {
    body: [
      film("v1", timed(1)),
      film("v2", {
        muted: false,
        "data-start": 0.3,
        "data-duration": 1.4,
        "data-media-start": 0.2,
        "data-has-audio": "true",
        "data-volume": 0.7,
      }),
      film("v3", {
        muted: false,
        ...timed(1.5),
        "data-playback-rate": 1.5,
        "data-has-audio": "true",
      }),
    ],
  },
  "a sound shorter than the video": {
    body: [audio("tone.wav", 0.2, { "data-duration": 0.5 })],
  },
  "playback rates": {
    body: [
      audio("tone.wav", 0, { "data-duration": 1.5, "data-playback-rate": 0.5 }),
      audio("hiss.wav", 0.2, { "data-duration": 1.2, "data-playback-rate": 1.5 }),
      audio("six.flac", 0.4, { "data-playback-rate": 2 }),
      audio("mono.wav", 0, {
        "data-duration": 1.8,
        "data-automation": automation(["rate", [0, 0.5, 0.4], [1, 3], [1.5, 0.7]]),
      }),
    ],
  },
  "fades, volumes and automation": {
    body: [
      audio("tone.wav", 0, { "data-duration": 1.5, "data-fade-in": 0.4, "data-fade-out": 0.6 }),
      audio("mono.mp3", 0.5, { "data-duration": 1, "data-fade-in": 3, "data-fade-out": 1 }),
      audio("noise.m4a", 0.3, {
        "data-volume": 0.7,
        "data-automation": automation(["volume", [0.1, 0.2, 0.7], [0.8, 1.3, -0.5], [1.2, 0]]),
      }),
      audio("wide.opus", 0, { "data-duration": 2, "data-volume": 0.25 }),
    ],
  },
  "louder than the ceiling": {
    lowered: true,
    body: [
      audio("loud.wav", 0, { "data-volume": 3 }),
      audio("noise.m4a", 0.2, { "data-volume": 2.5 }),
    ],
  },
  "a group with effects and automation": {
    body: [
      element("hf-audio-group", {
        id: "g",
        "data-volume": 0.6,
        "data-fx-chain": chain({ type: "delay", id: "d" }),
        "data-automation": automation(
          ["volume", [0, 0.2], [1.5, 1]],
          ["fx.d.mix", [0, 0.1], [1.5, 0.9]],
        ),
      }),
      audio("hiss.wav", 0.2, { "data-duration": 1, "data-audio-group": "g" }),
      audio("loud.wav", 0.6, {
        "data-duration": 1,
        "data-volume": 0.3,
        "data-audio-group": "g",
        "data-fade-out": 0.5,
      }),
      audio("noise.m4a", 0, { "data-duration": 1, "data-volume": 0.4 }),
    ],
  },
  "effects on a track and on the whole": {
    root: { "data-fx-chain": chain({ type: "compressor" }, { type: "truepeak" }) },
    body: [
      audio("tone.wav", 0, {
        "data-duration": 0.8,
        "data-volume": 1.5,
        "data-fx-chain": chain(
          { type: "reverb", id: "r", params: { size: 0.3 } },
          { type: "peaking", params: { frequency: 440, gain: 6 } },
        ),
        "data-automation": automation(
          // Upstream clips at full scale after effects.
          ["volume", [0, 0.1, 0.6], [0.8, 0.4]],
          ["fx.r.wet", [0, 0], [0.8, 0.8]],
        ),
      }),
      audio("six.flac", 0.3, {
        "data-fx-chain": chain(
          { type: "chorus" },
          { type: "phaser", enabled: false },
          { type: "lowpass", params: { frequency: 900 } },
        ),
      }),
    ],
  },
};

/** When the tracks of a body begin and end, seconds. */
function spansOf(body) {
  return body.map((markup) => {
    const number = (name) => Number(markup.match(new RegExp(`data-${name}="([^"]*)"`))?.[1] ?? NaN);
    const start = number("start");
    const end = [number("end"), start + number("duration"), start + 3].find(Number.isFinite);
    return { start, end };
  });
}

/** Writes the media that the body names, and the page. */
function write(ws, { body = [], root = {}, seconds = SECONDS }) {
  const markup = body.join("\n");
  for (const [name, [source, args]] of Object.entries(MEDIA)) {
    if (markup.includes(name)) makeSound(join(ws.project, name), source, args);
  }
  writeProject(ws, { seconds, body: markup, root });
}

for (const [name, composition] of Object.entries(CASES)) {
  test(name, async (t) => {
    const ws = workspace(t);
    write(ws, composition);
    const { ours, theirs } = await renderBoth(ws, "o.mp4", FEW_FRAMES);
    for (const { end } of [ours, theirs]) assertExit(end, 0);
    assertNative(ours.end);
    assert.doesNotMatch(theirs.end.text, /\[Native\]/);
    assertSameSamples(ours.samples, theirs.samples, spansOf(composition.body));
    assert.deepEqual(soundFacts(ours.file), soundFacts(theirs.file));
    const lowered = ({ end }) => Number(end.text.match(/Audio lowered by ([\d.]+) dB/)?.[1] ?? 0);
    const apart = Math.abs(lowered(ours) - lowered(theirs));
    // The loudest sample may be where a track begins or ends.
    assert.ok(apart < 0.3, `lowered by ${lowered(ours)} and ${lowered(theirs)} dB`);
    if (composition.lowered) assert.ok(lowered(ours) > 0, ours.end.text);
    await assertClean(ws);
  });
}

test("two minutes, encoded in parts", WHOLE_ONLY, async (t) => {
  const ws = workspace(t);
  const [seconds, long] = [121, join(ws.project, "long.mp3")];
  makeSound(long, noise(8, 0.3, seconds + 2));
  write(ws, { seconds, body: [audio("long.mp3", 0)] });
  const { ours, theirs } = await renderBoth(ws, "o.mp4", ["--fps", "1"]);
  for (const { end } of [ours, theirs]) assertExit(end, 0);
  assert.deepEqual(soundFacts(ours.file), soundFacts(theirs.file));
  await assertClean(ws);
});

test("a volume that scripts set", async (t) => {
  const ws = workspace(t);
  write(ws, { body: [audio("tone.wav", 0.3, { "data-duration": 1.5, "data-volume": 0.5 })] });
  writeProject(ws, {
    seconds: SECONDS,
    body: element("audio", {
      id: "music",
      src: "tone.wav",
      "data-start": 0.3,
      "data-duration": 1.5,
    }),
    // A timeline as a library makes it, as far as the runtime and the listener use it.
    after: `<script>
      let now = 0;
      const timeline = {
        duration: () => ${SECONDS}, totalDuration: () => ${SECONDS}, time: () => now,
        pause: () => timeline, play: () => timeline, paused: () => true,
        seek: (t) => timeline.totalTime(t), progress: () => now / ${SECONDS},
        totalTime(t) {
          if (t === undefined) return now;
          now = t;
          document.getElementById("music").volume = Math.abs(Math.sin(3 * t)) * 0.9;
          return timeline;
        },
      };
      window.__timelines = { main: timeline };
    </script>`,
  });
  const { ours, theirs } = await renderBoth(ws, "o.mp4");
  for (const { end } of [ours, theirs]) assertExit(end, 0);
  assert.match(theirs.end.text, /Runtime audio volume automation: music/);
  assertNative(ours.end);
  assertSameSamples(ours.samples, theirs.samples, [{ start: 0.3, end: 1.8 }]);
  assert.deepEqual(soundFacts(ours.file), soundFacts(theirs.file));
  await assertClean(ws);
});

for (const format of ["webm", "mov", "png-sequence", "gif"]) {
  test(`sound in ${format}`, format === "webm" ? {} : WHOLE_ONLY, async (t) => {
    const ws = workspace(t);
    write(ws, { seconds: 0.5, body: [audio("tone.wav", 0.1)] });
    const folder = format === "png-sequence";
    const flags = ["--format", format];
    const { ours, theirs } = await renderBoth(ws, folder ? "o" : `o.${format}`, flags);
    for (const { end } of [ours, theirs]) assertExit(end, 0);
    assertNative(ours.end);
    if (format === "gif") {
      for (const { end } of [ours, theirs]) assert.match(end.text, /GIF output does not support/);
    } else {
      const file = (side) => (folder ? join(side.file, "audio.m4a") : side.file);
      assert.deepEqual(soundFacts(file(ours)), soundFacts(file(theirs)));
    }
    if (folder) assert.deepEqual(readdirSync(ours.file), readdirSync(theirs.file));
    await assertClean(ws);
  });
}

const FAILURES = {
  "a file that is not there": {
    body: [audio("gone.wav", 0, { "data-duration": 1 })],
    says: /Source not found for audio element \S+/,
  },
  "a page saved as sound": {
    files: { "page.mp3": "<!doctype html><title>404</title>" },
    body: [audio("page.mp3", 0, { "data-duration": 1 })],
    says: /text document/,
  },
  "a file that is no media": {
    files: { "junk.wav": "RIFF".repeat(500) },
    body: [audio("junk.wav", 0, { "data-duration": 1 })],
    says: /FFmpeg exited with code 1/,
  },
  "an effect that does not exist": {
    body: [audio("tone.wav", 0, { "data-fx-chain": chain({ type: "sparkle" }) })],
    says: /sparkle/,
  },
  "automation that cannot be read": {
    body: [audio("tone.wav", 0, { "data-automation": { version: 1 } })],
    says: /lanes/,
  },
};

for (const [name, { files = {}, body, says }] of Object.entries(FAILURES)) {
  test(`fails as upstream does: ${name}`, async (t) => {
    const ws = workspace(t);
    write(ws, { body: [audio("mono.mp3", 0), ...body], seconds: 1 });
    for (const [file, text] of Object.entries(files)) writeFileSync(join(ws.project, file), text);
    const output = join(ws.out, "o.mp4");
    putExisting(output);
    const to = (file) => ["render", ws.project, "-o", file, ...FEW_FRAMES];
    const end = await cli(ws, to(output));
    const upstream = await cli(ws, to(join(ws.out, "theirs.mp4")), { by: "upstream" });
    for (const each of [end, upstream]) {
      assertExit(each, 1);
      assert.match(each.text, /audio_processing_failed: Audio mix failed/);
      assert.match(each.text, says);
    }
    assertUntouched(output);
    assert.equal(existsSync(join(ws.out, "theirs.mp4")), false);
    await assertClean(ws);
  });
}

test("an interrupt while the sound is mixed", async (t) => {
  const ws = workspace(t);
  write(ws, { body: [audio("mono.mp3", 0)], seconds: 1 });
  const real = fakeFfmpeg(ws, 'exec ffmpeg "$@"');
  const slow = script(
    ws,
    "slow-ffmpeg",
    `case "$*" in\n*/audio.m4a) echo mixing >&2; sleep 60;;\n*) exec "${real}" "$@";;\nesac`,
  );
  const output = join(ws.out, "o.mp4");
  const env = { HYPERFRAMES_FFMPEG_PATH: slow };
  const running = await startCli(ws, ["render", ws.project, "-o", output], { env });
  await running.printed(/Encoding frame/);
  running.child.kill("SIGINT");
  const end = await running.done;
  assert.ok(!end.timedOut && end.code !== 0, end.text);
  assert.equal(existsSync(output), false);
  await assertClean(ws);
});
