/** Turns ffmpeg command lines that were seen into ones that encode the same frames from raw files. */
import path from "node:path";

/** Filters that only bring a picture into the encoder's own form. */
const CONVERSIONS = new Set(["scale", "format", "pad", "setsar", "setparams"]);

const isFrameSource = (input) => input === "-" || input === "pipe:0" || /%0?\d*d/.test(input);

/**
 * The command lines that make video of captured frames, among all that were seen.
 * @param {string[][]} commands program first
 * @returns {string[][]} the encoders, without program, in the order given
 */
export function encoders(commands) {
  return commands
    .map(([, ...args]) => args)
    .filter((args) => {
      const input = args.indexOf("-i");
      return input >= 0 && isFrameSource(args[input + 1]) && args.at(-1) !== "-";
    });
}

/** Without a `-vf` that only converts: raw frames are in the encoder's own form already. */
function withoutConversion(args) {
  const at = args.indexOf("-vf");
  if (at < 0) return args;
  const names = args[at + 1].split(",").map((filter) => filter.split("=")[0]);
  return names.every((name) => CONVERSIONS.has(name)) ? args.toSpliced(at, 2) : args;
}

/**
 * @param {string[][]} commands from {@link encoders}
 * @param {{inputArgs: string[], dir: string}} options `inputArgs` read the raw frames, `-i` included;
 *   results go to `dir`
 * @returns {string[][]} arguments for ffmpeg, to run one after the other
 */
export function fromRawFrames(commands, { inputArgs, dir }) {
  /** Files that one command writes and a later one may read. */
  const moved = new Map();
  return commands.map((args) => {
    const target = args.at(-1);
    const own = path.join(dir, `${moved.size}-${path.basename(target)}`);
    const rest = args.slice(args.indexOf("-i") + 2, -1).map((arg) => moved.get(arg) ?? arg);
    moved.set(target, own);
    return [...inputArgs, ...withoutConversion(rest), "-y", own];
  });
}
