/** Pieces that all charts are drawn with. */

const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Text that may stand in SVG. */
export const escaped = (text) => String(text).replace(/[&<>"]/g, (character) => ESCAPES[character]);

/** A length with one decimal at most. */
export const short = (number) => Number(number.toFixed(1));

/** A `<text>` element. */
export function svgText(x, y, content, attributes = "") {
  return `<text x="${short(x)}" y="${short(y)}"${attributes && ` ${attributes}`}>${escaped(content)}</text>`;
}

/** A whole file of that size around elements, on white. */
export function svgFile(width, height, elements) {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12" fill="#1f2937">
<rect width="${width}" height="${height}" fill="#fff"/>
${elements.join("\n")}
</svg>
`;
}
