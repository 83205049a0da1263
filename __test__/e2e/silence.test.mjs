/**
 * Renders that wait say every five seconds what for, and until when: whatever does not answer, as the
 * program hears it that called, and as it is written.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { assertClean } from "./support/expect.mjs";
import { script } from "./support/fake-tool.mjs";
import { writeProject } from "./support/project.mjs";
import { facade } from "./support/run.mjs";
import { workspace } from "./support/workspace.mjs";

/** Of the promised five seconds, on a busy machine. */
const MOST_SILENCE_MS = 5500;

const waits = [
  {
    title: "a browser that answers nothing",
    prepare: (ws) => writeProject(ws),
    env: (ws) => ({
      PRODUCER_HEADLESS_SHELL_PATH: script(ws, "browser", "exec sleep 100"),
      // Of each of several tries.
      PRODUCER_PUPPETEER_LAUNCH_TIMEOUT_MS: "5000",
    }),
    code: "HF_NATIVE_BROWSER_LAUNCH",
    says: /\(waits \d+ s for a browser to start, until \d\d:\d\d:\d\d UTC\)$/,
  },
  {
    title: "a page that is never ready",
    prepare: (ws) => writeProject(ws, { body: "<script>for (;;) {}</script>" }),
    env: () => ({ PRODUCER_PLAYER_READY_TIMEOUT_MS: "12500" }),
    code: "HF_NATIVE_PAGE_NOT_READY",
    says: /\(waits .*\d+ s for an answer of the page, until \d\d:\d\d:\d\d UTC\)$/,
  },
];

// Mostly waiting.
describe("silence", { concurrency: 2 }, () => {
  for (const { title, prepare, env, code, says } of waits) {
    test(title, async (t) => {
      const ws = workspace(t);
      prepare(ws);
      const options = {
        projectDir: ws.project,
        outputPath: join(ws.out, "o.mp4"),
        workers: 1,
        debug: true,
      };
      const renders = join(ws.dir, "renders");
      const given = { ...env(ws), PRODUCER_RENDERS_DIR: renders };
      const { error, heard } = await facade(ws, { options, listens: true }, { env: given });
      assert.equal(error?.code, code, error?.message);
      const gaps = heard.slice(1).map(({ atMs }, i) => atMs - heard[i].atMs);
      const silence = Math.max(...gaps);
      assert.ok(silence < MOST_SILENCE_MS, `${silence} ms of silence: ${JSON.stringify(heard)}`);
      const signs = heard.filter(({ message }) => says.test(message));
      assert.ok(signs.length >= 2, JSON.stringify(heard));
      assert.ok(signs.every(({ progress }) => progress === 25));
      const [job] = readdirSync(join(ws.dir, ".debug"));
      const log = readFileSync(join(ws.dir, ".debug", job, "render.log"), "utf8");
      assert.match(log, /DBG \[Native\] waits \d+ s for /);
      await assertClean(ws);
    });
  }
});
