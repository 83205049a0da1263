/** The projects that both engines render for the comparison. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const FFMPEG_MS = 60_000;

/** A timeline that drives nothing, registered as the page runtime asks for one. */
const TIMELINE = `const still = () => timeline;
const timeline = { duration: () => 1, totalDuration: () => 1, time: () => 0, paused: () => true,
 getChildren: () => [], pause: still, play: still, seek: still, totalTime: still, progress: still };
window.__timelines = { main: timeline };`;

/** A second at 24 frames: a box that moves, and what `body` adds. */
function page({ body = "", seconds = 1, moves = true, timeline = TIMELINE } = {}) {
  return `<!doctype html>
<html><head><meta charset="utf-8"><style>
body { margin: 0; background: #123; }
#box { position: absolute; width: 40px; height: 40px; background: #fa0; }
@keyframes go { to { transform: translateX(200px); } }
${moves ? "#box { animation: go 1s linear both; }" : ""}
</style></head><body>
<div id="root" data-composition-id="main" data-width="320" data-height="180" data-start="0"
 data-duration="${seconds}" data-fps="24" data-composition-variables='[{"id":"title","type":"string","label":"Title","default":"x"}]'>
<div id="box" class="clip" data-start="0" data-duration="${seconds}" data-track-index="0"></div>
${body}
</div><script>${timeline}</script></body></html>
`;
}

/** Writes all projects below `dir`; gives their folders by name. */
export function writeProjects(dir) {
  const made = {
    plain: page(),
    media: page({
      body:
        '<video id="v" src="clip.mp4" muted playsinline data-start="0" data-duration="1" data-track-index="1"></video>' +
        '<audio id="a" src="tone.wav" data-start="0" data-duration="1" data-track-index="2"></audio>',
    }),
    missing: page({ body: '<img src="gone.png" alt="">' }),
    // Newer versions take the length of an animation where nothing else tells one.
    endless: page({ seconds: 0, moves: false, timeline: "" }),
    long: page({ seconds: 180 }),
  };
  const dirs = {};
  for (const [name, html] of Object.entries(made)) {
    dirs[name] = join(dir, name);
    mkdirSync(dirs[name]);
    writeFileSync(join(dirs[name], "index.html"), html);
  }
  const make = (args) =>
    execFileSync("ffmpeg", ["-v", "error", ...args], { cwd: dirs.media, timeout: FFMPEG_MS });
  make(
    "-f lavfi -i testsrc=size=160x90:rate=24:duration=1 -pix_fmt yuv420p -c:v libx264 clip.mp4".split(
      " ",
    ),
  );
  make("-f lavfi -i sine=frequency=440:duration=1 tone.wav".split(" "));
  dirs.rows = join(dir, "rows.json");
  writeFileSync(dirs.rows, JSON.stringify([{ title: "a" }, { title: "b" }]));
  return dirs;
}
