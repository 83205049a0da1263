/**
 * `node tee-ffmpeg.mjs <ffmpeg> <samples.wav> <arguments...>`: runs ffmpeg with these arguments,
 * which encode a mix to AAC, after it has written the same sound to `samples.wav` as floats.
 */
import { spawnSync } from "node:child_process";

const [ffmpeg, samples, ...args] = process.argv.slice(2);
const codec = args.indexOf("-acodec");
// What is encoded once more, to be lowered, is not the mix.
if (codec >= 0) {
  const plain = [...args.slice(0, codec), "-acodec", "pcm_f32le", "-ar", "48000"];
  // The encoder's own options stand between its name and the length of the output.
  const rest = args.slice(codec + 4, -1);
  spawnSync(ffmpeg, ["-v", "error", ...plain, ...rest, samples], { stdio: "ignore" });
}
const { status } = spawnSync(ffmpeg, args, { stdio: "inherit" });
process.exit(status ?? 1);
