/** A horizontal bar chart as SVG text. */
import { short, svgFile, svgText } from "./svg.mjs";

const WIDTH = 900;
const LABELS = 240;
const VALUES = 110;
const TOP = 84;
const BAR = 13;
const GROUP_GAP = 16;
/** Bars of a group: [field, name, colour]. */
const SERIES = [
  ["upstream", "upstream", "#9aa4b2"],
  ["native", "native", "#2563eb"],
  ["floor", "floor: drawing + encoding alone", "#f59e0b"],
];

/**
 * @typedef {object} Group
 * @property {string} title
 * @property {number} upstream seconds
 * @property {number} native seconds
 * @property {number} [floor] seconds
 * @property {number} ratio upstream / native
 */

function legend() {
  let x = 16;
  return SERIES.map(([, name, colour]) => {
    const entry = `<rect x="${x}" y="56" width="12" height="12" fill="${colour}"/>${svgText(x + 18, 66, name)}`;
    x += 40 + name.length * 7;
    return entry;
  });
}

/**
 * @param {{title: string, subtitle: string, groups: Group[]}} chart
 * @returns {string} a whole SVG file; the longest bar takes all the width there is
 */
export function barChart({ title, subtitle, groups }) {
  const longest = Math.max(
    ...groups.flatMap((group) => SERIES.map(([field]) => group[field] ?? 0)),
  );
  const lines = [
    svgText(16, 26, title, 'font-size="17" font-weight="700"'),
    svgText(16, 45, subtitle),
  ];
  lines.push(...legend());
  let y = TOP;
  for (const group of groups) {
    const bars = SERIES.filter(([field]) => group[field] !== undefined);
    const middle = y + (bars.length * BAR) / 2 + 4;
    lines.push(svgText(LABELS - 10, middle, group.title, 'text-anchor="end"'));
    for (const [field, , colour] of bars) {
      const seconds = group[field];
      const length = Math.max(1, (seconds / longest) * (WIDTH - LABELS - VALUES));
      const ratio = field === "native" ? ` (${group.ratio.toFixed(2)}x)` : "";
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
