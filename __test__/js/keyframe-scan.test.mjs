import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, test } from "node:test";
import { ownEnvironment, skipKeyframeScans } from "../../dist/compile/keyframe-scan.js";
import { MEDIA_FORMATS } from "../../dist/wire/generated.js";
import { tempDir } from "./support.mjs";

const VARIABLE = "HYPERFRAMES_FFPROBE_PATH";
const before = process.env[VARIABLE];
afterEach(() => {
  if (before === undefined) delete process.env[VARIABLE];
  else process.env[VARIABLE] = before;
});

/** A program that prints its arguments, in a folder whose name has to be quoted. */
function fakeProbe() {
  const path = join(tempDir(), "it's a probe");
  writeFileSync(path, '#!/bin/sh\nprintf "%s|" "$@"\n', { mode: 0o700 });
  process.env[VARIABLE] = path;
  return path;
}

test("a look for keyframes finds none, everything else reaches ffprobe", () => {
  const real = fakeProbe();
  const end = skipKeyframeScans();
  const script = process.env[VARIABLE];
  assert.notEqual(script, real);
  const ask = (...args) => execFileSync(script, args, { encoding: "utf8" });
  assert.equal(ask("-v", "error", "-skip_frame", "nokey", "--", "a.mp4"), "");
  // With what it may open in front.
  const limits = `-protocol_whitelist|file|-format_whitelist|${MEDIA_FORMATS}|`;
  const plain = ask("-show_format", "--", "a b.mp4");
  assert.equal(plain, `${limits}-show_format|--|a b.mp4|\n`);
  assert.equal(ask("-i", "--", "a b.mp4"), `${limits}-i|--|a b.mp4|`);
  assert.equal(ownEnvironment()[VARIABLE], real);
  end();
  assert.equal(process.env[VARIABLE], real);
  assert.equal(existsSync(script), false);
});

test("files that tell no length are measured", () => {
  const dir = tempDir();
  const args = ["-v", "quiet", "-print_format", "json", "-show_format", "-show_streams"];
  const end = skipKeyframeScans();
  const ask = (file) => {
    const answer = execFileSync(process.env[VARIABLE], [...args, file], { encoding: "utf8" });
    return JSON.parse(answer).format;
  };
  const make = (name, ...format) => {
    const file = join(dir, name);
    const source = ["-f", "lavfi", "-i", "color=s=32x32:r=10:d=1.5"];
    execFileSync("ffmpeg", ["-v", "error", "-nostdin", ...source, ...format, file]);
    return ask(file);
  };
  const recorded = make("it's a.webm", "-c:v", "libvpx", "-f", "webm", "-live", "1");
  assert.equal(Number(recorded.duration), 1.5);
  assert.equal(make("usual.mkv", "-c:v", "libvpx").duration, "1.500000");
  assert.equal(make("still.png", "-frames:v", "1").duration, undefined);
  execFileSync("mkfifo", [join(dir, "pipe.mp4")]);
  assert.throws(() => ask(join(dir, "pipe.mp4")), /not a regular file/);
  end();
});

test("films without sound have a silent stream, pictures have none", () => {
  const dir = tempDir();
  const args = ["-v", "quiet", "-print_format", "json", "-show_format", "-show_streams"];
  const end = skipKeyframeScans();
  const kinds = (name, sources, ...format) => {
    const file = join(dir, name);
    const inputs = sources.flatMap((source) => ["-f", "lavfi", "-i", source]);
    execFileSync("ffmpeg", ["-v", "error", "-nostdin", ...inputs, "-t", "1", ...format, file]);
    const answer = execFileSync(process.env[VARIABLE], [...args, file], { encoding: "utf8" });
    return JSON.parse(answer).streams.map((stream) => stream.codec_type);
  };
  const [picture, sound] = ["color=s=32x32:r=10", "anullsrc"];
  assert.deepEqual(kinds("a.mp4", [picture]), ["video", "audio"]);
  assert.deepEqual(kinds("b.webm", [picture], "-f", "webm", "-live", "1"), ["video", "audio"]);
  assert.deepEqual(kinds("c.mp4", [picture, sound]), ["video", "audio"]);
  assert.deepEqual(kinds("d.wav", [sound]), ["audio"]);
  assert.deepEqual(kinds("e.png", [picture], "-frames:v", "1"), ["video"]);
  assert.deepEqual(kinds("f.jpg", [picture], "-frames:v", "1"), ["video"]);
  assert.deepEqual(kinds("g.gif", [picture]), ["video"]);
  end();
});

test("jobs side by side share the script, and the last takes it away", () => {
  const real = fakeProbe();
  const [endFirst, endSecond] = [skipKeyframeScans(), skipKeyframeScans()];
  const script = process.env[VARIABLE];
  endFirst();
  endFirst();
  assert.equal(process.env[VARIABLE], script);
  endSecond();
  assert.equal(process.env[VARIABLE], real);
});

test("what somebody sets meanwhile stays", () => {
  fakeProbe();
  const end = skipKeyframeScans();
  process.env[VARIABLE] = "elsewhere";
  assert.equal(ownEnvironment()[VARIABLE], "elsewhere");
  end();
  assert.equal(process.env[VARIABLE], "elsewhere");
});

test("where scripts cannot be run, nothing changes", () => {
  const real = fakeProbe();
  // Files without the right to be run, as on a file system without programs.
  const mask = process.umask(0o777);
  const end = skipKeyframeScans();
  process.umask(mask);
  assert.equal(process.env[VARIABLE], real);
  assert.equal(ownEnvironment(), process.env);
  end();
  assert.equal(process.env[VARIABLE], real);
});

test("the core runs the real ffprobe, also where no variable names it", () => {
  delete process.env[VARIABLE];
  const end = skipKeyframeScans();
  const own = ownEnvironment()[VARIABLE];
  assert.notEqual(own, process.env[VARIABLE]);
  assert.match(own, /ffprobe$/);
  end();
  assert.equal(process.env[VARIABLE], undefined);
});

test("an ffprobe that hangs is killed when compiling is given up", () => {
  const hangs = join(tempDir(), "hangs");
  writeFileSync(hangs, "#!/bin/sh\nexec sleep 60\n", { mode: 0o700 });
  process.env[VARIABLE] = hangs;
  process.env.HYPERFRAMES_NATIVE_COMPILE_TIMEOUT_MS = "1000";
  const end = skipKeyframeScans();
  delete process.env.HYPERFRAMES_NATIVE_COMPILE_TIMEOUT_MS;
  const answer = spawnSync(process.env[VARIABLE], ["-show_format", "a.mp4"], { timeout: 30_000 });
  end();
  assert.equal(answer.error, undefined);
  assert.notEqual(answer.status, 0);
});
