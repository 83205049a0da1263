/**
 * Runs in a Node that suits the CLI: compiles projects with the upstream found from the folder
 * given first and prints the results as JSON.
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { compile, resolveUpstream } from "../../dist/index.js";

const [from, project, audioProject, emptyProject, endlessProject] = process.argv.slice(2);
const upstream = await resolveUpstream([from]);
const config = { fps: { num: 30000, den: 1001 }, quality: "standard", format: "mp4" };

const runs = await Promise.all([1, 2].map(() => compile(upstream, project, config)));
const described = runs.map(({ composition, ...rest }) => {
  const document = readFileSync(composition.documentPath, "utf8");
  const at = (text) => document.indexOf(text);
  return {
    ...rest,
    composition: { ...composition, preHead: undefined },
    preHeadHasShim: composition.preHead.includes("__HF_VIRTUAL_TIME__"),
    preHeadIsScripts: /^<script[\s\S]*<\/script>$/.test(composition.preHead),
    shimAt: at("window.__HF_VIRTUAL_TIME__ = Object.assign(originals"),
    bridgeAt: document.lastIndexOf("seekToTime"),
    headEnd: at("</head>"),
    sceneText: at("contract-scene-text"),
    size: document.length,
  };
});
const roots = runs.map((run) => dirname(run.composition.documentPath));
for (const run of runs) await run.dispose();

const audio = await compile(upstream, audioProject, config);
await audio.dispose();

// Upstream asks a browser for its length, and serves the page to it: not here.
const endless = await compile(upstream, endlessProject, config);
await endless.dispose();
const isServer = (resource) => resource === "TCPServerWrap";
const servers = process.getActiveResourcesInfo().filter(isServer).length;

const failure = await compile(upstream, emptyProject, config).catch((error) => error);

const abort = new AbortController();
setImmediate(() => abort.abort());
const cancelled = await compile(upstream, project, config, { signal: abort.signal }).catch(
  (e) => e,
);

console.log(
  JSON.stringify({
    upstream: { package: upstream.package, version: upstream.version },
    runs: described,
    left: roots.filter((root) => existsSync(root)),
    rendersDir: process.env.PRODUCER_RENDERS_DIR ?? null,
    audioClips: audio.composition.media.audios.length,
    servers,
    failure: { name: failure.name, message: failure.message, code: failure.code ?? null },
    cancelled: cancelled instanceof upstream.namespace.RenderCancelledError,
  }),
);
process.exit(0);
