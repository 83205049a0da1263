/** The options of an installed upstream, read from the files of its CLI. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Names in quotes that look like variables and are none: error codes, and starts of names. */
const NO_VARIABLES = new Set([
  "FFMPEG_VERSION_MISMATCH",
  "HF_DE_CANVAS_NOT_INITIALIZED",
  "PRODUCER_RENDER_",
  "PRODUCER_RUNTIME_",
]);

/** Texts by which the files with the options are known, whatever their names. */
const MARKS = {
  engine: "var OPTIONAL_ENGINE_CONFIG_FIELDS = [",
  producer: "async function executeRenderPipeline(",
  command: 'description: "Render a composition to MP4',
};

/**
 * @param {string} dir folder of the package `hyperframes`
 * @returns {{ settings: string[], fields: string[], flags: string[], variables: string[],
 *   texts: string }} sorted names, and the files they are from
 */
export function upstreamOptions(dir) {
  const dist = join(dir, "dist");
  const files = new Map(
    readdirSync(dist)
      .filter((name) => name.endsWith(".js"))
      .map((name) => [name, readFileSync(join(dist, name), "utf8")]),
  );
  const one = (mark) => {
    const found = [...files.keys()].filter((name) => files.get(name).includes(mark));
    if (found.length !== 1) throw new Error(`${found.length} files of ${dist} have ${mark}`);
    return found[0];
  };
  const engine = files.get(one(MARKS.engine));
  const producer = files.get(one(MARKS.producer));
  const command = files.get(one(MARKS.command));
  const imported = importedBy(one(MARKS.producer), files);
  return {
    settings: sorted([
      ...names(between(engine, "var DEFAULT_CONFIG = {", "\n};"), /^ {2}(\w+):/gm),
      ...names(between(engine, MARKS.engine, "];"), /"(\w+)"/g),
    ]),
    fields: sorted([
      ...names(producer, /\bjob\.config\.(\w+)/g),
      ...names(between(producer, "function assertRequestOptionScalars(", "\n}"), /"(\w+)"[,\]]/g),
    ]).filter((name) => !FIELD_VALUES.has(name)),
    flags: sorted(
      [...names(argsOf(command), /^ {4}"?([a-z][a-z0-9-]*)"?: \{(?! type: "positional")/gm)]
        .filter((name) => name !== "dir")
        .map((name) => `--${name}`),
    ),
    variables: sorted([
      ...[engine, producer, command].flatMap((text) => [
        ...names(text, /\bprocess\.env(?:\.|\[")([A-Za-z_0-9]+)/g),
        ...names(text, /\benv\d?\.([A-Z][A-Z_0-9]{3,})\b/g),
      ]),
      // What the rest of the compile stage reads; among its libraries only names of upstream's own.
      ...[command, ...imported].flatMap((text) => [
        ...names(text, /\benv\d?\.((?:PRODUCER|HF|HYPERFRAMES?|FFMPEG|HDR)_[A-Z_0-9]+)/g),
        ...names(text, /"((?:PRODUCER|HF|HYPERFRAMES?|FFMPEG|HDR)_[A-Z_0-9]+)"/g),
      ]),
    ]).filter((name) => !NO_VARIABLES.has(name)),
    texts: [...files.values()].join("\n"),
  };
}

/** The texts of a file and of all files that it imports, directly or through others. */
function importedBy(first, files) {
  const seen = new Set([first]);
  for (const name of seen) {
    for (const next of names(files.get(name), /(?:from|import\(?)\s*"\.\/([\w-]+\.js)"/g)) {
      if (files.has(next)) seen.add(next);
    }
  }
  return [...seen].map((name) => files.get(name));
}

/** Values of fields that stand between them. */
const FIELD_VALUES = new Set(["strict", "auto"]);

function argsOf(command) {
  const rest = command.slice(command.indexOf(MARKS.command));
  return between(rest, "\n  args: {", "\n  },");
}

function between(text, start, end) {
  const from = text.indexOf(start);
  if (from < 0) throw new Error(`upstream has no ${start}`);
  const to = text.indexOf(end, from + start.length);
  if (to < 0) throw new Error(`upstream has no end of ${start}`);
  return text.slice(from + start.length, to);
}

function names(text, pattern) {
  return [...text.matchAll(pattern)].map((match) => match[1]);
}

function sorted(list) {
  return [...new Set(list)].sort();
}
