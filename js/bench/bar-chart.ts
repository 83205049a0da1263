/** A horizontal bar chart as SVG text. */
import { short, svgFile, svgText } from "./svg.js";

const WIDTH = 900;
const LABELS = 240;
const VALUES = 110;
const TOP = 84;
const BAR = 13;
const GROUP_GAP = 16;

type Field = "upstream" | "native" | "floor";
/** Colours of a group's bars, in their order. */
const COLOURS: [Field, string][] = [
  ["upstream", "#9aa4b2"],
  ["native", "#2563eb"],
  ["floor", "#f59e0b"],
];

/** Bars that stand together. */
export interface Group {
  title: string;
  /** In the chart's unit, as all bars. */
  upstream?: number | undefined;
  native?: number | undefined;
  floor?: number | undefined;
  /** upstream / native. */
  ratio?: number | undefined;
}

/** What is drawn. */
export interface Chart {
  title: string;
  subtitle: string;
  groups: readonly Group[];
  /** What the bars are called; those without a name are not in the legend. */
  names: Partial<Record<Field, string>>;
}

function legend(names: Chart["names"]): string[] {
  let x = 16;
  return COLOURS.flatMap(([field, colour]) => {
    const name = names[field];
    if (name === undefined) return [];
    const entry = `<rect x="${x}" y="56" width="12" height="12" fill="${colour}"/>${svgText(x + 18, 66, name)}`;
    x += 40 + name.length * 7;
    return [entry];
  });
}

/** @returns a whole SVG file; bars are seconds, and the longest takes all the width there is */
export function barChart({ title, subtitle, groups, names }: Chart): string {
  const longest = Math.max(
    ...groups.flatMap((group) => COLOURS.map(([field]) => group[field] ?? 0)),
  );
  const lines = [
    svgText(16, 26, title, 'font-size="17" font-weight="700"'),
    svgText(16, 45, subtitle),
    ...legend(names),
  ];
  let y = TOP;
  for (const group of groups) {
    const bars = COLOURS.flatMap(([field, colour]) => {
      const seconds = group[field];
      return seconds === undefined ? [] : [{ field, colour, seconds }];
    });
    const middle = y + (bars.length * BAR) / 2 + 4;
    lines.push(svgText(LABELS - 10, middle, group.title, 'text-anchor="end"'));
    for (const { field, colour, seconds } of bars) {
      const length = Math.max(1, (seconds / longest) * (WIDTH - LABELS - VALUES));
      const ratio =
        field === "native" && group.ratio !== undefined ? ` (${group.ratio.toFixed(2)}x)` : "";
      lines.push(
        `<rect x="${LABELS}" y="${y}" width="${short(length)}" height="${BAR - 2}" fill="${colour}"/>`,
        svgText(LABELS + length + 6, y + BAR - 3, `${seconds.toFixed(1)} s${ratio}`),
      );
      y += BAR;
    }
    y += GROUP_GAP;
  }
  return svgFile(WIDTH, y, lines);
}
