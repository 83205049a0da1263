/**
 * Runs HyperFrames' own adapters for AWS Lambda and Google Cloud Run on this engine, unchanged, by npm's
 * `overrides`, against stand-ins of their storage:
 *
 *   npm run adapters
 *
 * Installs them from npm into a temporary folder, or takes the one that HF_ADAPTERS_DIR names.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { browserPath, nodeForCli } from "../../scripts/setup.mjs";
import { writeProject } from "../e2e/support/project.mjs";
import { start } from "../e2e/support/run.mjs";
import { makeSound } from "../e2e/support/sound.mjs";
import { workspace } from "../e2e/support/workspace.mjs";
import { startGcs, startS3 } from "./cloud-storage.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const CHILD = fileURLToPath(new URL("adapter-child.mjs", import.meta.url));
const VERSION = "0.8.31";
const FRAMES = 36;

process.env.HYPERFRAMES_BROWSER_PATH ??= browserPath();
const ends = [];
const ws = workspace({ after: (end) => ends.push(end) });
try {
  await main();
} finally {
  for (const end of ends.reverse()) await end();
}

async function main() {
  const dir = process.env.HF_ADAPTERS_DIR ?? mkdtempSync(join(tmpdir(), "hf-adapters-"));
  if (!process.env.HF_ADAPTERS_DIR) ends.push(() => rmSync(dir, { recursive: true, force: true }));
  if (!existsSync(join(dir, "node_modules"))) install(dir);
  makeSound(join(ws.project, "tone.wav"), "sine=frequency=440:duration=1.5");
  const body = `<audio id="tone" src="tone.wav" data-start="0" data-duration="1.5" data-track-index="1"></audio>`;
  writeProject(ws, { seconds: 1.5, body });
  const archive = join(ws.dir, "project.tar.gz");
  execFileSync("tar", ["-czf", archive, "-C", ws.project, "."]);
  const [s3, gcs] = [await startS3(), await startGcs()];
  ends.push(s3.stop, gcs.stop);
  const browser = process.env.HYPERFRAMES_BROWSER_PATH;
  const clouds = [
    {
      name: "aws-lambda",
      storage: s3,
      env: {
        AWS_ENDPOINT_URL_S3: s3.url,
        AWS_REGION: "eu-west-1",
        AWS_ACCESS_KEY_ID: "stand-in",
        AWS_SECRET_ACCESS_KEY: "stand-in",
        HYPERFRAMES_LAMBDA_CHROME_SOURCE: "chrome-headless-shell",
        HYPERFRAMES_LAMBDA_CHROME_PATH: browser,
      },
    },
    {
      name: "gcp-cloud-run",
      storage: gcs,
      env: { STORAGE_EMULATOR_HOST: gcs.url, HYPERFRAMES_CHROME_PATH: browser },
    },
  ];
  for (const { name, storage, env } of clouds) {
    for (const protocol of ["v1", "v2"]) {
      for (const format of ["mp4", "png-sequence"]) {
        storage.objects.clear();
        const request = { dir, name, protocol, format, archive };
        // Only what the adapter itself sets names the browser.
        const all = { ...ws.env({ ...env, HYPERFRAMES_NATIVE: "only" }) };
        delete all.HYPERFRAMES_BROWSER_PATH;
        const options = { cwd: ws.dir, env: all };
        const began = Date.now();
        const child = start(nodeForCli(), [CHILD, JSON.stringify(request)], options);
        const end = await child.done;
        assert.equal(end.code, 0, end.text);
        const told = JSON.parse(end.stdout.trim().split("\n").at(-1));
        assert.deepEqual([told.chunks, told.frames], [3, FRAMES]);
        const output = storage.objects.get("renders/output")?.body;
        checkOutput(output, format);
        const seconds = ((Date.now() - began) / 1000).toFixed(1);
        console.log(`${name} ${VERSION} ${protocol} ${format}: ${FRAMES} frames, ${seconds} s`);
      }
    }
  }
}

function install(dir) {
  const overrides = {
    "@hyperframes/producer": `file:${ROOT}`,
    "@hyperframes/engine": "0.8.33",
    linkedom: "0.18.12",
  };
  const names = ["aws-lambda", "gcp-cloud-run"].map((name) => [`@hyperframes/${name}`, VERSION]);
  const manifest = { name: "adapters", private: true, dependencies: Object.fromEntries(names) };
  writeFileSync(join(dir, "package.json"), JSON.stringify({ ...manifest, overrides }));
  const env = { ...process.env, PUPPETEER_SKIP_DOWNLOAD: "1" };
  const args = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  execFileSync("npm", args, { cwd: dir, env, stdio: "inherit" });
}

function checkOutput(output, format) {
  assert.ok(output?.length > 0, "there is an output");
  const dir = join(ws.dir, "checked");
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir);
  const path = join(dir, "output");
  writeFileSync(path, output);
  if (format === "png-sequence") {
    const names = execFileSync("tar", ["-tzf", path], { encoding: "utf8" }).split("\n");
    assert.equal(names.filter((name) => name.endsWith(".png")).length, FRAMES);
    assert.ok(names.some((name) => name.endsWith("audio.m4a")));
    return;
  }
  const count = (stream) =>
    execFileSync(
      "ffprobe",
      [
        "-v",
        "error",
        "-select_streams",
        stream,
        "-show_entries",
        "packet=pts",
        "-of",
        "csv=p=0",
        path,
      ],
      { encoding: "utf8" },
    )
      .trim()
      .split("\n");
  assert.deepEqual(
    count("v"),
    Array.from({ length: FRAMES }, (_, at) => `${at * 512}`),
  );
  assert.ok(count("a").length > 50);
}
