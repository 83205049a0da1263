/** Browsers that are missing, are none, or are the wrong ones. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe } from "node:test";
import { badInput } from "../support/bad-input.mjs";
import { script } from "../support/fake-tool.mjs";
import { writeProject } from "../support/project.mjs";

const prepare = (ws) => writeProject(ws);
/** The engine takes this one, while the CLI is content with the other variable. */
const use = (path, more) => ({ PRODUCER_HEADLESS_SHELL_PATH: path, ...more });

// Mostly waiting, so two at a time.
describe("bad browser", { concurrency: 2 }, () => {
  badInput({
    title: "a path where nothing is",
    prepare,
    env: (ws) => use(join(ws.dir, "no-such-browser")),
    code: "HF_NATIVE_BROWSER_NOT_FOUND",
    message: /PRODUCER_HEADLESS_SHELL_PATH is set to .*no-such-browser, which does not exist/,
  });

  badInput({
    title: "the CLI's own variable names nothing",
    // Only renderJob: the CLI would download a browser.
    by: ["api"],
    prepare,
    env: (ws) => ({ HYPERFRAMES_BROWSER_PATH: join(ws.dir, "no-such-browser") }),
    code: "HF_NATIVE_BROWSER_NOT_FOUND",
    message: /HYPERFRAMES_BROWSER_PATH is set to .*no-such-browser, which does not exist/,
  });

  badInput({
    title: "no browser anywhere",
    by: ["api"],
    prepare,
    env: (ws) => ({
      HYPERFRAMES_BROWSER_PATH: "",
      // Tools without any browser.
      PATH: toolsOnly(ws),
    }),
    code: "HF_NATIVE_BROWSER_NOT_FOUND",
    message: /No Chrome found.*Install chrome-headless-shell/s,
  });

  badInput({
    title: "a program that ends at once",
    prepare,
    env: () => use("/bin/true"),
    code: "HF_NATIVE_BROWSER_LAUNCH",
    message: /Failed to launch the browser process.*true/,
  });

  badInput({
    title: "a program that says why it ends",
    prepare,
    env: (ws) =>
      use(script(ws, "browser", "echo 'libnss3.so: cannot open shared object' >&2; exit 127")),
    code: "HF_NATIVE_BROWSER_LAUNCH",
    message: /Failed to launch the browser process.*libnss3\.so: cannot open shared object/s,
  });

  badInput({
    title: "a program that never answers",
    prepare,
    env: (ws) =>
      use(script(ws, "browser", "exec sleep 600"), {
        PRODUCER_PUPPETEER_LAUNCH_TIMEOUT_MS: "500",
      }),
    code: "HF_NATIVE_BROWSER_LAUNCH",
    message: /Failed to launch the browser process/,
  });

  badInput({
    title: "a file that is no program",
    prepare(ws) {
      writeProject(ws);
      writeFileSync(join(ws.dir, "text"), "not a program\n");
    },
    env: (ws) => use(join(ws.dir, "text")),
    code: "HF_NATIVE_BROWSER_LAUNCH",
    message: /Failed to launch the browser process.*text/,
  });

  badInput({
    title: "another version than demanded",
    prepare,
    env: () => ({ PRODUCER_EXPECTED_CHROMIUM_MAJOR: "99" }),
    code: "HF_NATIVE_BROWSER_VERSION",
    message: /Chromium major mismatch expected=99 actual=\d+/,
    check: ({ retryable }) => assert.equal(retryable, false),
  });
});

function toolsOnly(ws) {
  for (const tool of ["ffmpeg", "ffprobe"]) script(ws, tool, "exit 1");
  return ws.dir;
}
