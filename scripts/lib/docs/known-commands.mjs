/** Whether a command of the documents exists: its script, its file, its options, its names. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT } from "../run.mjs";
import { STEPS } from "../steps.mjs";
import { wordsOf } from "./commands.mjs";

const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
/** Folders whose entries commands name: fixtures, benches, readers. */
const NAMED = ["__test__/fixtures", "benches/cases", "__test__/fuzz/corpus"].map((dir) =>
  join(ROOT, dir),
);

/**
 * @param {string} command
 * @param {(cli: string, subcommand: string) => string} helpOf what a command of a CLI says of itself
 * @returns {string | undefined | null} what is wrong with it; nothing if it is right; null for a
 *   command of which nothing is known here
 */
export function problemOf(command, helpOf) {
  const [program, ...words] = wordsOf(command);
  if (program === "npm") return problemOfNpm(words);
  if (program === "npx") return problemOfCli(words, helpOf);
  if (/^hyperframes(?:-native)?$/.test(program)) return problemOfCli([program, ...words], helpOf);
  if (program === "node") return problemOfNode(words);
  if (program === "cargo") return problemOfCargo(words);
  return null;
}

function problemOfNpm([command, ...rest]) {
  if (command !== "run" && command !== "test") return null;
  const [name, ...words] = command === "test" ? ["test", ...rest] : rest;
  if (name === undefined) return null;
  if (!scripts[name]) return `package.json has no script "${name}"`;
  const args = words[0] === "--" ? words.slice(1) : words;
  const passed = args.find((word) => word.startsWith("-"));
  if (passed && words[0] !== "--")
    return `npm takes "${passed}" for its own: write \`-- ${passed}\``;
  const file = /^node (\S+)/.exec(scripts[name])?.[1];
  if (file === undefined) return args.length === 0 ? undefined : null;
  return problemOfArguments(file, args);
}

function problemOfNode(words) {
  if (words[0]?.startsWith("--import")) return null;
  const [file, ...args] = words;
  if (file === undefined) return null;
  if (!existsSync(join(ROOT, file))) return `there is no ${file}`;
  return problemOfArguments(file, args);
}

/** Options by the script's own `parseArgs`; names by what the script and its folders know. */
function problemOfArguments(file, args) {
  const source = readFileSync(join(ROOT, file), "utf8");
  const declared = [...source.matchAll(/(?:^|[\s{,])"?([\w-]+)"?: \{ type: "(\w+)"/g)];
  const kinds = new Map(declared.map(([, name, kind]) => [name, kind]));
  for (let index = 0; index < args.length; index++) {
    const word = args[index];
    if (!word.startsWith("-")) {
      const problem = problemOfName(file, word);
      if (problem) return problem;
      continue;
    }
    const [name, value] = word.replace(/^--/, "").split(/=(.*)/s);
    const isLiteral = new RegExp(`["']--${name}["']`).test(source);
    if (!kinds.has(name) && !isLiteral) return `${file} has no option "--${name}"`;
    const given = value ?? (kinds.get(name) === "string" ? args[++index] : undefined);
    if (name === "only") {
      const unknown = given.split(",").find((step) => !STEPS.some((one) => one.name === step));
      if (unknown) return `npm test has no step "${unknown}"`;
    }
  }
  return undefined;
}

function problemOfName(file, word) {
  const sources = sourcesBeside(file);
  const unknown = word.split(",").find((name) => {
    if ([ROOT, ...NAMED].some((dir) => existsSync(join(dir, name)))) return false;
    const whole = new RegExp(`(?<![\\w-])${name.replace(/[^\w-]/g, "\\$&")}(?![\\w-])`);
    return !sources.some((text) => whole.test(text));
  });
  return unknown && `${file} knows no "${unknown}"`;
}

/** A script, and what lies beside it where it has a folder of its own. */
function sourcesBeside(file) {
  const dir = dirname(file);
  const files =
    dir === "scripts" ? [file] : readdirSync(join(ROOT, dir)).map((name) => `${dir}/${name}`);
  return files
    .filter((path) => path.endsWith(".mjs"))
    .map((path) => readFileSync(join(ROOT, path), "utf8"));
}

function problemOfCli([cli, ...words], helpOf) {
  if (cli !== "hyperframes-native" && cli !== "hyperframes") return null;
  const subcommand = words[0];
  if (subcommand === undefined || subcommand.startsWith("-")) return undefined;
  const help = helpOf(cli, subcommand);
  if (help === undefined) return `${cli} has no command "${subcommand}"`;
  const unknown = words
    .filter((word) => word.startsWith("-") && word !== "--help")
    .map((word) => word.split("=")[0])
    .find((flag) => !new RegExp(`(?:^|[\\s,[|(])${flag}(?![\\w-])`, "m").test(help));
  return unknown && `\`${cli} ${subcommand}\` has no option "${unknown}"`;
}

function problemOfCargo(words) {
  const cargo = readFileSync(join(ROOT, "Cargo.toml"), "utf8");
  for (const kind of ["test", "bench"]) {
    const at = words.indexOf(`--${kind}`);
    if (at === -1) continue;
    const name = words[at + 1];
    if (!new RegExp(`\\[\\[${kind}\\]\\]\\s+name = "${name}"`).test(cargo)) {
      return `Cargo.toml has no ${kind} "${name}"`;
    }
    return undefined;
  }
  return null;
}
