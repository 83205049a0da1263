/** Projects that cannot be rendered. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe } from "node:test";
import { badInput } from "../support/bad-input.mjs";
import { page, writeProject } from "../support/project.mjs";

const writeIndex = (text) => (ws) => writeFileSync(join(ws.project, "index.html"), text);
/** Shortens the wait for a length that never comes. */
const impatient = () => ({ PRODUCER_PLAYER_READY_TIMEOUT_MS: "1000" });

// Mostly waiting, so two at a time.
describe("bad project", { concurrency: 2 }, () => {
  badInput({
    title: "no project",
    prepare: (ws) => rmSync(ws.project, { recursive: true }),
    code: "HF_NATIVE_INVALID_OPTION",
    message: /projectDir .*project is not a folder/,
    cliMessage: /Not a directory: .*project/,
  });

  badInput({
    title: "a file as project",
    by: ["api"],
    prepare(ws) {
      rmSync(ws.project, { recursive: true });
      writeFileSync(ws.project, "");
    },
    code: "HF_NATIVE_INVALID_OPTION",
    message: /projectDir .*project is not a folder/,
  });

  badInput({
    title: "no entry",
    prepare() {},
    message: /Entry file not found: .*index\.html/,
    cliMessage: /No index\.html file found/,
  });

  badInput({
    title: "no entry of the given name",
    prepare: (ws) => writeProject(ws),
    flags: ["-c", "gone.html"],
    options: { entryFile: "gone.html" },
    message: /Entry file not found: .*gone\.html/,
    cliMessage: /gone\.html/,
  });

  badInput({
    title: "HTML without a composition",
    prepare: writeIndex("<!doctype html><html><head></head><body><p>Hello</p></body></html>"),
    env: impatient,
    code: "HF_NATIVE_ZERO_DURATION",
    message: /zero duration.*composition root: false/,
  });

  badInput({
    title: "an empty file",
    prepare: writeIndex(""),
    env: impatient,
    code: "HF_NATIVE_ZERO_DURATION",
    message: /zero duration/,
  });

  badInput({
    title: "a composition that lasts no time",
    prepare: writeIndex(page({ seconds: 0 })),
    env: impatient,
    code: "HF_NATIVE_ZERO_DURATION",
    message: /zero duration.*data-duration/s,
  });

  badInput({
    title: "a sub-composition whose file is missing",
    prepare: (ws) =>
      writeProject(ws, {
        body:
          '<div data-composition-id="part" data-composition-src="gone.html" data-start="0" ' +
          'data-duration="0.5"></div>',
      }),
    code: "EMPTY_COMPOSITION",
    message: /gone\.html: the file does not exist/,
  });
});
