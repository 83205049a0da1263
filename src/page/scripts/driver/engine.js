// Tells HyperFrames' own scripts from those of the page.
define("engine", () => {
  // Where HyperFrames' own scripts say they come from.
  const ADDRESS = "hyperframes://injected/";
  // Ours have no address.
  const OURS = /^(?!.*\beval at\b).*<anonymous>:\d+:\d+\)?$/;
  // More than our functions on the stack.
  const DEPTH = 8;

  // Whether the function that called ours is HyperFrames' own.
  const calls = () => {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = DEPTH;
    const [, ...lines] = String(new Error().stack).split("\n");
    Error.stackTraceLimit = stackTraceLimit;
    return Boolean(lines.find((line) => !OURS.test(line))?.includes(ADDRESS));
  };

  return { calls };
});
