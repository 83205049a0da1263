/** Writes the results as a document with pictures. */

const HEAD = `# Endurance

What renders take in little memory and over a long time, and whether anything is left of them. \`npm run endurance\`
makes this page, part by part: the figures are those of the last run of each part. Other programs used the cores
during some of them, so times may be those of a slow machine. The parts are in \`__test__/endurance/parts/\`.

Memory is the proportional set size of all processes where nothing else is said, in which what several processes share
counts once.
`;

/**
 * @param {Record<string, import("./parts.mjs").Part>} parts
 * @param {Record<string, any>} results by name of the part; none where it never ran on this machine
 * @param {string} before the document as it is: what it says of parts without a result stays
 * @returns {{ text: string, pictures: Record<string, string> }}
 */
export function document(parts, results, before) {
  const shown = Object.entries(parts).map(([name, part]) =>
    results[name] ? made(name, part, results[name]) : kept(part, before),
  );
  const sections = shown.filter(Boolean);
  const rows = sections.map(({ row }) => row);
  const summary = ["| part | command | result | machine |", "|---|---|---|---|", ...rows];
  return {
    text: `${[HEAD, ...summary, "", ...sections.map(({ text }) => text)].join("\n")}`,
    pictures: Object.assign({}, ...sections.map(({ pictures }) => pictures)),
  };
}

/** What is said of a part by a result. */
function made(name, part, result) {
  const { problems, machine } = result;
  const state = problems.length > 0 ? "**failed**" : "passed";
  const row = `| ${part.title} | \`npm run endurance -- ${name}\` | ${state} | ${machine.cores} cores, ${machine.gib} GiB |`;
  return { row, ...section(part, result) };
}

/** What a document says of a part, if it does. */
function kept({ title }, before) {
  const row = before.split("\n").find((line) => line.startsWith(`| ${title} |`));
  const [, text] = before.split(`\n## ${title}\n`);
  if (row === undefined || text === undefined) return undefined;
  const [own] = text.split("\n## ");
  return { row, text: `## ${title}\n${own.trimEnd()}\n`, pictures: {} };
}

function section({ title, about, tables, charts }, result) {
  const pictures = charts?.(result) ?? {};
  const failed = result.problems.map((problem) => `- **failed**: ${problem.split("\n")[0]}`);
  if (failed.length > 0) failed.push("");
  const shown = Object.keys(pictures).map((file) => `![${title}](${file})\n`);
  const lines = [`## ${title}\n`, `${about}\n`, ...failed, ...tables(result), ...shown];
  return { text: lines.join("\n"), pictures };
}
