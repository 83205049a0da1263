/**
 * `node gpu-ffmpeg.mjs <ffmpeg> <told.json> <arguments...>`: an ffmpeg with a GPU encoder of NVIDIA. It
 * writes the arguments of an encode by that to `told.json`, and encodes in software.
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";

const [ffmpeg, told, ...args] = process.argv.slice(2);
const at = args.indexOf("h264_nvenc");
let given = args;
if (at >= 0) {
  // A trial encode goes nowhere.
  if (args.at(-1) === "-") process.exit(0);
  writeFileSync(told, JSON.stringify(args));
  const software = ["libx264", "-preset", "ultrafast", "-crf", "28"];
  given = [...args.slice(0, at), ...software, ...args.slice(at + 5)];
}
const { status } = spawnSync(ffmpeg, given, { stdio: "inherit" });
process.exit(status ?? 1);
