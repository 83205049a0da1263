/** From a launch of a browser that was seen to one that can be driven frame by frame. */

/** Arguments that belong to one launch: where it keeps its profile, and how it is driven. */
const OF_ONE_LAUNCH = /^--(?:user-data-dir|remote-debugging-(?:port|pipe|address))(?:=|$)/;
const SCALE = "--force-device-scale-factor";

/** What drawing on demand needs; a browser that is only photographed is launched without. */
const BEGIN_FRAME = [
  "--deterministic-mode",
  "--enable-begin-frame-control",
  "--disable-new-content-rendering-timeout",
  "--run-all-compositor-stages-before-draw",
  "--disable-threaded-animation",
  "--disable-threaded-scrolling",
  "--disable-checker-imaging",
  "--disable-image-animation-resync",
  "--enable-surface-synchronization",
];

/**
 * The launch to repeat, among all that were seen: one that draws on demand, else the last one that
 * is driven from outside. Others only ask for a version or try the GPU.
 * @param {string[][]} commands program first
 * @returns {string[] | undefined}
 */
export function drivenLaunch(commands) {
  const driven = commands.filter((args) => args.some((arg) => /^--remote-debugging-/.test(arg)));
  return driven.findLast((args) => args.includes("--enable-begin-frame-control")) ?? driven.at(-1);
}

/**
 * @param {string[]} args of the launch that was seen, without the executable
 * @param {number} scale device pixels per CSS pixel; drawing on demand takes it from the command
 *   line alone
 * @returns {string[]} to launch with, but for profile and debugging
 */
export function beginFrameArgs(args, scale) {
  const kept = args.filter(
    (arg) => arg.startsWith("--") && !OF_ONE_LAUNCH.test(arg) && !arg.startsWith(`${SCALE}=`),
  );
  const missing = BEGIN_FRAME.filter((arg) => !kept.includes(arg));
  return [...kept, ...missing, `${SCALE}=${scale}`];
}
