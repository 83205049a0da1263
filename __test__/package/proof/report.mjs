/** docs/package.md. */
import { cpus } from "node:os";

export const REPORT = "docs/package.md";

/**
 * @param {import("./renders.mjs").Row[]} rows
 * @param {ReturnType<typeof import("./sizes.mjs").sizes>} facts
 */
export function reportText(rows, facts) {
  const cell = (text) => (text ?? "").replaceAll("|", "\\|").replaceAll("\n", " ");
  const line = ({ manager, what, seconds, engine, said, failure }) =>
    `| ${manager} | ${cell(what)} | ${seconds.toFixed(1)} | ${failure ? `**failed**: ${cell(failure).slice(0, 200)}` : engine} | ${cell(said && `\`${said}\``)} |`;
  const fact = ({ what, text, budget, failure }) =>
    `| ${what} | ${text}${failure ? ` **${failure.trim()}**` : ""} | ${budget ?? ""} |`;
  return `# The package, as it is installed

Written by \`npm run package:proof\`. It packs the package and its platform packages as a release does, puts
them into a registry on loopback, installs them beside \`hyperframes\` into empty folders elsewhere, and
renders a composition of one second (320x180, 30 frames) there. The times are those of whole commands, the
managers' own start included, on ${cpus().length} cores that other work shares: they are no benchmark. Caches of
the managers were as they were.

Except where the addon is cut off or missing, \`HYPERFRAMES_NATIVE=only\` is set, so that nothing but the
native engine can have rendered. Every film was counted by ffprobe.

| manager | command | seconds | rendered by | what is said |
|---|---|---|---|---|
${rows.map(line).join("\n")}

## Sizes

| | | at most |
|---|---|---|
${facts.map(fact).join("\n")}

\`scripts/lib/addon-facts.mjs\` has the budgets. A release checks them, and the version of glibc, for every
addon that it builds (\`.github/workflows/release.yml\`).
`;
}
