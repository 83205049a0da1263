/** A picture of what a terminal shows, as SVG: text, line breaks and the colours of SGR sequences. */
import { escaped, short } from "../../dist/bench/svg.js";

/** As text, since patterns may not hold control characters. */
const ESCAPE = String.fromCharCode(27);
const PIECES = new RegExp(`(${ESCAPE}\\[[\\d;?]*[A-Za-z]|\\r?\\n)`);
const COLOURS = new RegExp(`^${ESCAPE}\\[([\\d;]*)m$`);
const FONT = 13;
const CELL = { width: 7.85, height: 18 };
const MARGIN = 18;
const BAR = 30;
const PALETTE = {
  background: "#0f1420",
  text: "#d7dde8",
  dim: "#7d8899",
  prompt: "#7aa2f7",
  31: "#f7768e",
  32: "#9ece6a",
  33: "#e0af68",
  34: "#7aa2f7",
  36: "#7dcfff",
};

/**
 * @typedef {object} Run text in one style
 * @property {string} text
 * @property {string} colour
 * @property {boolean} bold
 */

/**
 * @param {string} text with SGR sequences; others are left out
 * @returns {Run[][]} lines
 */
export function runsOf(text) {
  const lines = [[]];
  let style = { colour: PALETTE.text, bold: false };
  for (const piece of text.split(PIECES)) {
    const codes = COLOURS.exec(piece);
    if (/^\r?\n$/.test(piece)) lines.push([]);
    else if (codes) style = restyled(style, codes[1]);
    else if (piece !== "" && !piece.startsWith(ESCAPE))
      lines.at(-1).push({ text: piece, ...style });
  }
  return lines;
}

function restyled(style, codes) {
  let { colour, bold } = style;
  for (const code of codes.split(";").map(Number)) {
    if (code === 0) [colour, bold] = [PALETTE.text, false];
    else if (code === 1) bold = true;
    else if (code === 2) colour = PALETTE.dim;
    else if (code === 22) [colour, bold] = [PALETTE.text, false];
    else if (code === 39) colour = PALETTE.text;
    else colour = PALETTE[code] ?? colour;
  }
  return { colour, bold };
}

/**
 * Breaks lines where a terminal of that width does.
 * @param {Run[][]} lines
 * @param {number} columns
 */
export function broken(lines, columns) {
  return lines.flatMap((line) => {
    const rows = [[]];
    let left = columns;
    for (const { text, ...style } of line) {
      let characters = [...text];
      while (characters.length > 0) {
        if (left === 0) {
          rows.push([]);
          left = columns;
        }
        const taken = characters.slice(0, left);
        rows.at(-1).push({ text: taken.join(""), ...style });
        characters = characters.slice(left);
        left -= taken.length;
      }
    }
    return rows;
  });
}

/**
 * @param {{command: string, output: string, columns?: number}} shown
 * @returns {string} a whole SVG file
 */
export function terminalSvg({ command, output, columns = 100 }) {
  const typed = [
    { text: "$ ", colour: PALETTE.prompt, bold: true },
    { text: command, colour: PALETTE.text, bold: true },
  ];
  const rows = broken([typed, ...runsOf(output.trimEnd())], columns);
  const width = short(columns * CELL.width + 2 * MARGIN);
  const height = BAR + rows.length * CELL.height + MARGIN;
  const lights = ["#f7768e", "#e0af68", "#9ece6a"].map(
    (colour, index) => `<circle cx="${MARGIN + index * 18}" cy="17" r="5.5" fill="${colour}"/>`,
  );
  const lines = rows.map((row, index) => {
    let column = 0;
    const spans = row.map(({ text, colour, bold }) => {
      // Each has its place, so that columns stay aligned in any font.
      const x = short(MARGIN + column * CELL.width);
      column += [...text].length;
      const weight = bold ? ' font-weight="700"' : "";
      return `<tspan x="${x}" fill="${colour}"${weight}>${escaped(text)}</tspan>`;
    });
    const y = BAR + (index + 1) * CELL.height - 5;
    return spans.length > 0 ? `<text y="${y}" xml:space="preserve">${spans.join("")}</text>` : "";
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${FONT}">
<rect width="${width}" height="${height}" rx="10" fill="${PALETTE.background}"/>
${[...lights, ...lines.filter(Boolean)].join("\n")}
</svg>
`;
}
