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
/** Longer than two signs. */
const DEADLINE_MS = "12500";

const waits = [
  {
    title: "a browser that answers nothing",
    prepare: (ws) => writeProject(ws),
    env: (ws) => ({
      PRODUCER_HEADLESS_SHELL_PATH: script(ws, "browser", "exec sleep 100"),
      PRODUCER_PUPPETEER_LAUNCH_TIMEOUT_MS: DEADLINE_MS,
    }),
    code: "HF_NATIVE_BROWSER_LAUNCH",
    says: /\(waits \d+ s for a browser to start, until \d\d:\d\d:\d\d UTC\)$/,
  },
  {
    title: "a page that is never ready",
    prepare: (ws) =>
      writeProject(ws, {
        body: `<script>
          // It counts as busy, and has nothing that could be captured.
          setInterval(() => {}, 100);
          Object.defineProperty(window, "__hf", { get: () => undefined, set() {} });
        </script>`,
      }),
    env: () => ({ PRODUCER_PLAYER_READY_TIMEOUT_MS: DEADLINE_MS }),
    code: "HF_NATIVE_PAGE_NOT_READY",
    says: /\(waits \d+ s for the composition of the page, until \d\d:\d\d:\d\d UTC\)$/,
  },
  {
    title: "a page that does not load",
    prepare: (ws) => writeProject(ws, { body: "<script>for (;;) {}</script>" }),
    env: () => ({ PRODUCER_PAGE_NAVIGATION_TIMEOUT_MS: DEADLINE_MS }),
    code: "HF_NATIVE_NAVIGATION",
    says: /\(waits \d+ s for the page to load, until \d\d:\d\d:\d\d UTC\)$/,
  },
];

// Mostly waiting.
describe("silence", { concurrency: 3 }, () => {
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
