/**
 * Renders a project in chunks and prints what came of it as its last line, JSON. The argument:
 *
 * - `project`, `out`: folders
 * - `config`: of `plan`
 * - `v2`: with a plan whose files are addressed by content
 * - `whole`: renders the same as one to that path
 * - `errors`: tries plans that are not whole, here and with the HyperFrames engine
 */
import { cpSync, existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  assemble,
  assembleV2,
  plan,
  planV2,
  renderChunk,
  renderChunkV2,
} from "../../../dist/distributed.js";
import { renderJob } from "../../../dist/index.js";

const { project, out, config, v2, whole, errors } = JSON.parse(process.argv[2]);
const quiet = () => undefined;
const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };
const given = { rejectOnSystemFonts: false, failClosedFontFetch: false, logger, ...config };
const extension = { mp4: ".mp4", mov: ".mov", webm: ".webm" }[config.format] ?? "";
const dir = join(out, "plan");
const planned = await (v2 ? planV2 : plan)(project, given, dir);
const { chunkCount, totalFrames, planHash } = planned;
const answer = { chunkCount, totalFrames, planHash };

const render = v2 ? renderChunkV2 : renderChunk;
const paths = [];
answer.chunks = [];
for (let index = 0; index < chunkCount; index++) {
  const path = join(out, `chunk-${index}${extension}`);
  answer.chunks.push(await render(dir, index, path));
  paths.push(path);
}
answer.again = (await render(dir, 1, join(out, `again${extension}`))).sha256;
const joined = join(out, `joined${extension}`);
const audio = join(dir, "audio.m4a");
answer.joined = v2
  ? await assembleV2(dir, paths, joined, { logger })
  : await assemble(dir, paths, existsSync(audio) ? audio : null, joined, { logger });
if (whole) {
  const { fps, format, quality, crf } = config;
  const job = { projectDir: project, outputPath: whole, fps, format, logger, quality, crf };
  answer.engine = (await renderJob(job)).engine;
}
if (errors) answer.errors = await tryAll();
console.log(JSON.stringify(answer));
process.exit(0);

async function tryAll() {
  const found = {};
  for (const mode of ["only", "off"]) {
    process.env.HYPERFRAMES_NATIVE = mode;
    found[mode] = {
      index: await codeOf(dir, 9),
      negative: await codeOf(dir, -1),
      encoder: await spoilt((at) => rmSync(join(at, "meta", "encoder.json"))),
      plan: await spoilt((at) => rmSync(join(at, "plan.json"))),
      compiled: await spoilt((at) => rmSync(join(at, "compiled"), { recursive: true })),
      changed: await spoilt((at) => writeFileSync(join(at, "compiled", "more.txt"), "more")),
    };
  }
  return found;
}

async function spoilt(spoil) {
  const at = join(out, "spoilt");
  cpSync(dir, at, { recursive: true });
  spoil(at);
  const code = await codeOf(at, 0);
  rmSync(at, { recursive: true });
  return code;
}

async function codeOf(at, index) {
  const error = await renderChunk(at, index, join(out, "never.mp4")).catch((reason) => reason);
  return [error.code, error.name];
}
