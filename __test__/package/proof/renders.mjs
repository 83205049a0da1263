/** Installing the package into an empty folder, and every way to render with it there. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { delimiter, join } from "node:path";
import { nodeForCli } from "../../../scripts/lib/cli-node.mjs";
import { ROOT, run } from "../../../scripts/lib/run.mjs";
import { page } from "../../e2e/support/project.mjs";
import { probe } from "../../e2e/support/video.mjs";

const { devDependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const NAME = "@hyperframes/producer-native";
const REGISTER = `--import=${NAME}/register`;
const HYPERFRAMES = `hyperframes@${devDependencies.hyperframes}`;
const SECONDS = 1;
const TIMEOUT_MS = 5 * 60_000;
const TYPESCRIPT = ["typescript@5.9", "@types/node@22"];
const TSC = ["--strict", "--target", "es2022", "--module", "node16", "--outDir", "built"];

/**
 * @typedef {object} Place
 * @property {import("./managers.mjs").Manager} manager
 * @property {string} dir empty at first
 * @property {string} bin a folder for the `node` of the search path
 * @property {string} browser
 *
 * @typedef {object} Row
 * @property {string} manager
 * @property {string} what
 * @property {number} seconds
 * @property {string} [engine] that rendered
 * @property {string} [said] the line that tells of another engine
 * @property {string} [failure]
 */

/**
 * @param {Place} place
 * @param {string | undefined} scopeUrl registry of this package; the usual one when left out
 * @param {string} [version] as of the registry's tag `latest` when left out
 * @returns {Promise<Row>}
 */
export async function installRow(place, scopeUrl, version = "latest") {
  const { manager, dir, bin } = place;
  mkdirSync(bin, { recursive: true });
  if (!existsSync(join(bin, "node"))) symlinkSync(nodeForCli(), join(bin, "node"));
  writeFileSync(join(dir, "package.json"), JSON.stringify({ name: "stranger", private: true }));
  manager.configure(dir, scopeUrl);
  const packages = [
    HYPERFRAMES,
    `${NAME}@${version}`,
    ...(manager.name === "npm" ? TYPESCRIPT : []),
  ];
  const result = await inPlace(place, [...manager.command, ...manager.add(packages)]);
  writeProject(dir);
  return { ...rowOf(place, `install: \`${manager.add(["…"]).join(" ")}\``, result), engine: "" };
}

function writeProject(dir) {
  mkdirSync(join(dir, "video"));
  writeFileSync(join(dir, "video", "index.html"), page({ seconds: SECONDS }));
  const body = `
    const result = await renderJob({ projectDir: "video", outputPath: process.argv[2], fps: 30 });
    console.log(result.engine);`;
  writeFileSync(join(dir, "esm.mjs"), `import { renderJob } from "${NAME}";${body}`);
  const cjs = `const { renderJob } = require("${NAME}");\n(async () => {${body}\n})();`;
  writeFileSync(join(dir, "cjs.cjs"), cjs);
  for (const ending of ["cts", "mts"]) {
    const typed = `import { type RenderResult, renderJob } from "${NAME}";
      async function main(): Promise<void> {
        const outputPath: string = process.argv[2] ?? "o.mp4";
        const result: RenderResult = await renderJob({ projectDir: "video", outputPath, fps: 30 });
        console.log(result.engine);
      }
      main();`;
    writeFileSync(join(dir, `typed.${ending}`), typed);
  }
}

/** @returns {AsyncGenerator<Row>} all ways with npm; the command and a module with the others */
export async function* renderRows(place) {
  const { manager } = place;
  const exec = [...manager.command, ...manager.exec];
  const node = manager.node ?? [nodeForCli()];
  const render = ["render", "video", "-o"];
  yield rendered(place, "`hyperframes-native render`", [...exec, "hyperframes-native", ...render]);
  yield rendered(place, "a module: `import { renderJob }`", [...node, "esm.mjs"]);
  if (manager.name !== "npm") return;
  const env = { NODE_OPTIONS: REGISTER };
  yield rendered(place, "`hyperframes render`, registered", [...exec, "hyperframes", ...render], {
    env,
  });
  yield rendered(place, "CommonJS: `require`", [...node, "cjs.cjs"]);
  const tsc = [...node, "node_modules/typescript/bin/tsc", ...TSC, "typed.mts", "typed.cts"];
  yield { ...rowOf(place, "TypeScript, node16: `tsc`", await inPlace(place, tsc)), engine: "" };
  yield rendered(place, "TypeScript, compiled to CommonJS", [...node, join("built", "typed.cjs")]);
  yield rendered(place, "TypeScript, compiled to a module", [...node, join("built", "typed.mjs")]);
}

/** @returns {AsyncGenerator<Row>} with an addon that was cut off, and without one */
export async function* brokenRows(place) {
  const { manager, dir } = place;
  const scope = join(dir, "node_modules", "@hyperframes");
  const platform = readdirSync(scope).find((name) => name.startsWith("producer-native-"));
  // There is none for this system.
  if (!platform) return;
  const folder = join(scope, platform);
  const addon = join(
    folder,
    readdirSync(folder).find((name) => name.endsWith(".node")),
  );
  const exec = [...manager.command, ...manager.exec, "hyperframes", "render", "video", "-o"];
  const whole = `${addon}.whole`;
  copyFileSync(addon, whole);
  const ways = { env: { NODE_OPTIONS: REGISTER, HYPERFRAMES_NATIVE: "" }, other: true };
  for (const [what, change] of [
    ["cut off", () => writeFileSync(addon, readFileSync(whole).subarray(0, 5_000_000))],
    ["not installed", () => rmSync(folder, { recursive: true })],
  ]) {
    change();
    yield rendered(place, `\`hyperframes render\`, addon ${what}`, exec, ways);
    yield rendered(place, `\`renderJob\`, addon ${what}`, [nodeForCli(), "esm.mjs"], ways);
    const env = { ...ways.env, HYPERFRAMES_NATIVE: "only" };
    const refused = await inPlace(place, [...exec, "refused.mp4"], env);
    const row = rowOf(place, `the same, \`HYPERFRAMES_NATIVE=only\`, addon ${what}`, {
      ...refused,
      code: 0,
    });
    const said = causeIn(refused.output);
    const isRight = refused.code !== 0 && said && !existsSync(join(dir, "refused.mp4"));
    yield {
      ...row,
      engine: "none",
      said,
      ...(isRight ? {} : { failure: lastLines(refused.output) }),
    };
  }
}

let count = 0;

/** A command to which the output is added, and the film that it leaves. */
async function rendered(place, what, command, { env = {}, other = false } = {}) {
  count += 1;
  const output = `o${count}.mp4`;
  const result = await inPlace(place, [...command, output], { HYPERFRAMES_NATIVE: "only", ...env });
  const row = rowOf(place, what, result);
  if (row.failure) return row;
  try {
    const { frames } = probe(join(place.dir, output));
    if (frames !== SECONDS * 30) return { ...row, failure: `${frames} frames` };
  } catch (error) {
    return { ...row, failure: error.message };
  }
  const said = causeIn(result.output);
  if (other && !said) return { ...row, failure: "it does not say why" };
  return { ...row, engine: other ? "HyperFrames" : "native", ...(other ? { said } : {}) };
}

/** What is said against the addon, without paths. */
function causeIn(output) {
  const why = /cannot be loaded on [^:]*: (.*?)\. (?:It exists|Reinstall|The C library)/.exec(
    output,
  )?.[1];
  return why?.replaceAll(/\/\S*\//g, "");
}

async function inPlace({ dir, bin, browser }, [command, ...args], env = {}) {
  const start = performance.now();
  const result = await run(command, args, {
    cwd: dir,
    env: {
      PATH: [bin, process.env.PATH].join(delimiter),
      HYPERFRAMES_BROWSER_PATH: browser,
      ...{ PUPPETEER_SKIP_DOWNLOAD: "1", HYPERFRAMES_TELEMETRY: "0", DO_NOT_TRACK: "1" },
      // npm tells what it starts of itself, and another manager would believe it.
      ...Object.fromEntries(
        Object.keys(process.env)
          .filter((name) => /^npm_/i.test(name))
          .map((name) => [name, undefined]),
      ),
      NODE_OPTIONS: undefined,
      ...env,
    },
    timeoutMs: TIMEOUT_MS,
    output: "capture",
    check: false,
  });
  return { ...result, seconds: (performance.now() - start) / 1000 };
}

function rowOf({ manager }, what, { code, output, seconds }) {
  const row = { manager: manager.name, what, seconds };
  return code === 0 ? row : { ...row, failure: `ended with ${code}: ${lastLines(output)}` };
}

const lastLines = (text) => text.trim().split("\n").slice(-12).join("\n");
