/** Horizontal bar charts as SVG text. */
import { short, svgFile, svgText } from "./svg.js";

const WIDTH = 900;
const LABELS = 240;
const VALUES = 110;
const HEAD = 84;
const BAR = 13;
const GROUP_GAP = 16;

type Field = "upstream" | "native" | "floor";
/** Bars of a group, in their order. */
const SERIES: { field: Field; name: string; colour: string }[] = [
  { field: "upstream", name: "upstream", colour: "#9aa4b2" },
  { field: "native", name: "native", colour: "#2563eb" },
  { field: "floor", name: "floor: drawing + encoding alone", colour: "#f59e0b" },
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
  /** Default `s`. */
  unit?: string;
  /** Behind the point; default 1. */
  digits?: number;
  /** What bars are called in the legend, where that is not the usual name. */
  names?: Partial<Record<Field, string>>;
}

interface Series {
  field: Field;
  name: string;
  colour: string;
}

function legend(series: readonly Series[], top: number): string[] {
  let x = 16;
  return series.map(({ name, colour }) => {
    const entry = `<rect x="${x}" y="${top + 56}" width="12" height="12" fill="${colour}"/>${svgText(x + 18, top + 66, name)}`;
    x += 40 + name.length * 7;
    return entry;
  });
}

/** The elements of a chart that begins at `top`, and where it ends. */
function panel(chart: Chart, top: number): { lines: string[]; bottom: number } {
  const { title, subtitle, groups, unit = "s", digits = 1, names = {} } = chart;
  const series = SERIES.filter(({ field }) =>
    groups.some((group) => group[field] !== undefined),
  ).map((one) => ({ ...one, name: names[one.field] ?? one.name }));
  const longest = Math.max(
    ...groups.flatMap((group) => series.map(({ field }) => group[field] ?? 0)),
  );
  const lines = [
    svgText(16, top + 26, title, 'font-size="17" font-weight="700"'),
    svgText(16, top + 45, subtitle),
    ...legend(series, top),
  ];
  let y = top + HEAD;
  for (const group of groups) {
    const bars = series.flatMap(({ field, colour }) => {
      const value = group[field];
      return value === undefined ? [] : [{ field, colour, value }];
    });
    const middle = y + (bars.length * BAR) / 2 + 4;
    lines.push(svgText(LABELS - 10, middle, group.title, 'text-anchor="end"'));
    for (const { field, colour, value } of bars) {
      const length = Math.max(1, (value / longest) * (WIDTH - LABELS - VALUES));
      const ratio =
        field === "native" && group.ratio !== undefined ? ` (${group.ratio.toFixed(2)}x)` : "";
      lines.push(
        `<rect x="${LABELS}" y="${y}" width="${short(length)}" height="${BAR - 2}" fill="${colour}"/>`,
        svgText(LABELS + length + 6, y + BAR - 3, `${value.toFixed(digits)} ${unit}${ratio}`),
      );
      y += BAR;
    }
    y += GROUP_GAP;
  }
  return { lines, bottom: y };
}

/**
 * @param charts one below the other
 * @returns a whole SVG file; in each chart the longest bar takes all the width there is
 */
export function barCharts(charts: readonly Chart[]): string {
  let top = 0;
  const elements = charts.flatMap((chart) => {
    const { lines, bottom } = panel(chart, top);
    top = bottom;
    return lines;
  });
  return svgFile(WIDTH, top, elements);
}

/** @returns a whole SVG file of one chart */
export function barChart(chart: Chart): string {
  return barCharts([chart]);
}
