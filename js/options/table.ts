/** Every option of upstream, and how this engine treats it; `docs/compatibility.md` shows it. */
import { FIELDS, FLAGS } from "./fields.js";
import type { Option, OptionKind } from "./option.js";
import { SETTINGS } from "./settings.js";
import { VARIABLES } from "./variables.js";

export const OPTIONS: readonly Option[] = [...SETTINGS, ...FIELDS, ...FLAGS, ...VARIABLES];

/** The setting or field that a variable or flag sets. */
export function targetOf({ kind, sets }: Option): Option | undefined {
  if (!sets) return undefined;
  const named = OPTIONS.filter((one) => one.name === sets);
  // A few settings have the name of a field, which is the one that a flag sets.
  const isField = kind === "flag" && named.some((one) => one.kind === "field");
  return named.find((one) => one.kind === (isField ? "field" : "setting"));
}

const TITLES: readonly (readonly [OptionKind, string])[] = [
  ["setting", "Settings of the engine configuration"],
  ["field", "Fields of a render's configuration"],
  ["flag", "Flags of `render`"],
  ["variable", "Environment variables"],
];

/** The tables of `docs/compatibility.md`, in Markdown. */
export function optionTables(): string {
  return TITLES.map(([kind, title]) => {
    const rows = OPTIONS.filter((one) => one.kind === kind).map(row);
    return `### ${title}\n\n| option | here | |\n|---|---|---|\n${rows.join("\n")}\n`;
  }).join("\n");
}

function row({ name, treatment, note, sets }: Option): string {
  const about = sets ? `${note} \`${sets}\`` : note;
  return `| \`${name}\` | ${treatment} | ${about.replaceAll("|", "\\|")} |`;
}
