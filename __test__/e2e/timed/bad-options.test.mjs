/** Options of `renderJob` that cannot be right: named, before anything is started. */
import { badInput } from "../support/bad-input.mjs";
import { writeProject } from "../support/project.mjs";

const WRONG = {
  colour: [{ colour: "red" }, /Unknown option "colour"\. Known options: projectDir, /],
  fps: [{ fps: 0 }, /^fps must be .*, got 0\.$/],
  quality: [{ quality: "best" }, /^quality must be one of draft, standard, high, got "best"\.$/],
  format: [{ format: "avi" }, /^format must be one of mp4, .*, got "avi"\.$/],
  workers: [{ workers: "2" }, /^workers must be a whole number from 1 to 24, got "2"\.$/],
  crf: [{ crf: 52 }, /^crf must be a whole number from 0 to 51, got 52\.$/],
  rate: [{ crf: 20, videoBitrate: "5M" }, /^crf and videoBitrate exclude each other/],
  variables: [{ variables: [1] }, /^variables must be a plain object, got \[1\]\.$/],
  output: [{ outputPath: 7 }, /^outputPath must be a non-empty string, got 7\.$/],
};

for (const [name, [options, message]] of Object.entries(WRONG)) {
  badInput({
    title: `renderJob: ${name}`,
    by: ["api"],
    prepare: (ws) => writeProject(ws),
    options,
    code: "HF_NATIVE_INVALID_OPTION",
    message,
    withinMs: 5000,
  });
}

badInput({
  title: "an engine setting of the wrong type",
  by: ["api"],
  prepare: (ws) => writeProject(ws),
  options: { engineConfig: { protocolTimeout: "soon" } },
  code: "HF_NATIVE_INVALID_OPTION",
  message: /protocolTimeout/,
});

badInput({
  title: "an unknown engine setting",
  by: ["api"],
  prepare: (ws) => writeProject(ws),
  options: { engineConfig: { protocolTimeOut: 1000 } },
  code: "HF_NATIVE_INVALID_OPTION",
  message: /protocolTimeOut/,
});

badInput({
  title: "flags of the CLI that cannot be right",
  by: ["cli"],
  prepare: (ws) => writeProject(ws),
  flags: ["--workers", "many"],
  message: /workers/i,
});
