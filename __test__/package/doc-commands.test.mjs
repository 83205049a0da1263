/** Every command that the documents show: run in a sandbox, checked, or listed below with the reason. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { findBrowser } from "../../scripts/lib/browser.mjs";
import { nodeForCli } from "../../scripts/lib/cli-node.mjs";
import { blocksOf, documents } from "../../scripts/lib/docs/blocks.mjs";
import { commandsOf, wordsOf } from "../../scripts/lib/docs/commands.mjs";
import { problemOf } from "../../scripts/lib/docs/known-commands.mjs";
import { ROOT, run } from "../../scripts/lib/run.mjs";
import { page } from "../e2e/support/project.mjs";

const NAME = "@hyperframes/producer-native";
const BIN = join(ROOT, "bin", "hyperframes-native.js");
const TIMEOUT_MS = 120_000;
/** Languages of blocks. One without a language could hide a command. */
const LANGUAGES = new Set(["sh", "js", "ts", "json", "html", "css", "text"]);

/** What is run as it stands there, in the sandbox or, for npm's scripts, in the repository. */
const RUN = [
  /^npx hyperframes(?:-native)? render my-video/,
  /^NODE_OPTIONS=\S.* hyperframes render my-video/,
  /^npx hyperframes-native doctor/,
  /^node --import \S+ my-program\.mjs$/,
  /^ffmpeg -i before\.mp4 -i after\.mp4/,
  /^npm .*-- (?:--list|--help)$/,
];

/** What is neither run nor checked here, and why. */
const NOT_HERE = [
  [/^npm (?:i|install|rm) /, "changes an installation: `npm run package:proof` makes some"],
  [/^npm (?:pack|version|publish|deprecate)\b|^git (?:tag|push)/, "is part of a release"],
  [/^docker /, "needs a daemon: `npm run image:proof` builds the image and renders in it"],
  [/^cargo (?:deny|fuzz|check|bench$)/, "needs Rust: steps and scripts of their own run it"],
  [/^ffmpeg -(?:version|encoders|threads 1)$/, "is part of a command of somebody else's"],
  [/^(?:apt-get|pip) |^RUSTC_BOOTSTRAP=1 /, "changes the machine, or compiles for another one"],
];

const { scripts: SCRIPTS } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const all = documents().flatMap(commandsOf);
const dir = mkdtempSync(join(tmpdir(), "hf-docs-"));
after(() => rmSync(dir, { recursive: true, force: true }));

/** A folder where the package and the CLI are installed, with a project and a program. */
before(() => {
  const modules = join(dir, "node_modules");
  mkdirSync(join(modules, "@hyperframes"), { recursive: true });
  mkdirSync(join(modules, ".bin"));
  symlinkSync(ROOT, join(modules, ...NAME.split("/")));
  symlinkSync(join(ROOT, "node_modules", "hyperframes"), join(modules, "hyperframes"));
  symlinkSync(BIN, join(modules, ".bin", "hyperframes-native"));
  const cli = join(ROOT, "node_modules", ".bin", "hyperframes");
  symlinkSync(cli, join(modules, ".bin", "hyperframes"));
  mkdirSync(join(dir, "bin"));
  symlinkSync(nodeForCli(), join(dir, "bin", "node"));
  mkdirSync(join(dir, "my-video"));
  writeFileSync(join(dir, "my-video", "index.html"), page({ seconds: 0.2 }));
  const installed = `Symbol.for("${NAME}/hook-installed") in globalThis`;
  writeFileSync(join(dir, "my-program.mjs"), `if (!(${installed})) process.exit(1);`);
  writeFileSync(join(dir, "package.json"), '{ "private": true }');
});

function environment() {
  const env = { ...process.env, HYPERFRAMES_TELEMETRY: "0", DO_NOT_TRACK: "1" };
  delete env.NODE_OPTIONS;
  const browser = findBrowser();
  return {
    ...env,
    ...(browser && { HYPERFRAMES_BROWSER_PATH: browser }),
    HYPERFRAMES_HISTORY_ROOT: join(dir, "history"),
    HYPERFRAMES_NATIVE: "only",
    HYPERFRAMES_NATIVE_MODULE_CACHE: "off",
    PATH: [join(dir, "bin"), join(dir, "node_modules", ".bin"), process.env.PATH].join(delimiter),
  };
}

const helps = new Map();

/** What a command of a CLI says of itself; nothing if there is none of that name. */
function helpOf(cli, command) {
  const key = `${cli} ${command}`;
  if (!helps.has(key)) {
    const options = { cwd: dir, env: environment(), encoding: "utf8", timeout: 60_000 };
    const { stdout } = spawnSync("npx", [cli, command, "--help"], options);
    const text = stripVTControlCharacters(stdout);
    const known = new RegExp(`hyperframes(?:-native)? ${command}\\b`).test(text);
    // What this package adds to a command of the CLI.
    const own = command === "render" ? "\n--explain" : "";
    helps.set(key, known ? text + own : undefined);
  }
  return helps.get(key);
}

const isRun = ({ text, block }) => block !== undefined && RUN.some((one) => one.test(text));
const reasonFor = ({ text }) => NOT_HERE.find(([pattern]) => pattern.test(text))?.[1];
const place = ({ file, line, text }) => `${file}:${line}: ${text}`;

test("every block of a document says its language", () => {
  const bare = documents()
    .flatMap(blocksOf)
    .filter(({ language }) => !LANGUAGES.has(language))
    .map(({ file, line, language }) => `${file}:${line} ${language}`);
  assert.deepEqual(bare, []);
});

test("commands exist: scripts, files, options, names", { timeout: TIMEOUT_MS }, (t) => {
  const problems = [];
  const counts = { run: 0, checked: 0, listed: 0 };
  for (const command of all) {
    const problem = problemOf(command.text, helpOf);
    if (problem) problems.push(`${place(command)}: ${problem}`);
    else if (isRun(command)) counts.run++;
    else if (problem === undefined) counts.checked++;
    else if (reasonFor(command)) counts.listed++;
    else problems.push(`${place(command)}: neither run nor known nor listed`);
  }
  assert.deepEqual(problems, []);
  const { run, checked, listed } = counts;
  t.diagnostic(`${all.length} commands: ${run} run, ${checked} checked, ${listed} listed`);
  assert.equal(run + checked + listed, all.length);
  assert.ok(run >= 10 && checked >= 100, JSON.stringify(counts));
});

test("every script of package.json is in a document", () => {
  const named = new Set(all.flatMap(({ text }) => /npm (?:run )?([\w:-]+)/.exec(text)?.[1] ?? []));
  assert.deepEqual(
    Object.keys(SCRIPTS).filter((name) => !named.has(name)),
    [],
  );
});

test("no reason is left over", () => {
  const listed = all.filter((command) => problemOf(command.text, helpOf) === null);
  const unused = NOT_HERE.filter(([pattern]) => !listed.some(({ text }) => pattern.test(text)));
  assert.deepEqual(unused, []);
});

for (const text of new Set(all.filter(isRun).map((command) => command.text))) {
  test(`runs: ${text}`, { timeout: TIMEOUT_MS }, async () => {
    const words = wordsOf(text);
    const output = words.includes("-o") && join(dir, words[words.indexOf("-o") + 1]);
    const cwd = words[0] === "npm" ? ROOT : dir;
    const env = environment();
    const made = { output: "capture", check: false, timeoutMs: TIMEOUT_MS - 5_000 };
    const result = await run("sh", ["-c", text], { cwd, env, ...made });
    assert.equal(result.code, 0, result.output);
    if (output) assert.ok(existsSync(output), result.output);
  });
}

test("a command with a mistake is found", () => {
  for (const [text, expected] of [
    ["npm run conformnce", /no script "conformnce"/],
    ["npm run conformance -- --qick", /no option "--qick"/],
    ["npm run conformance --quick", /for its own/],
    ["npm run conformance -- no-such-fixture", /knows no "no-such-fixture"/],
    ["npm test -- --only rust,rst", /no step "rst"/],
    ["node scripts/nothing.mjs", /there is no scripts\/nothing\.mjs/],
    ["npx hyperframes-native render my-video --explian", /no option "--explian"/],
    ["npx hyperframes-native doctr", /no command "doctr"/],
    ["cargo bench --bench bland", /no bench "bland"/],
  ]) {
    assert.match(problemOf(text, helpOf) ?? "", expected, text);
  }
  assert.equal(problemOf("curl example.com", helpOf), null);
});
