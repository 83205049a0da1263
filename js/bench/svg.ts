/** Pieces that all charts and pictures of terminals are drawn with. */

const ESCAPES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Text that may stand in SVG. */
export const escaped = (text: unknown): string =>
  String(text).replace(/[&<>"]/g, (character) => ESCAPES[character] ?? character);

/** A length with one decimal at most. */
export const short = (number: number): number => Number(number.toFixed(1));

/** A `<text>` element. */
export function svgText(x: number, y: number, content: unknown, attributes = ""): string {
  return `<text x="${short(x)}" y="${short(y)}"${attributes && ` ${attributes}`}>${escaped(content)}</text>`;
}

/** A whole file of that size around elements, on white. */
export function svgFile(width: number, height: number, elements: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12" fill="#1f2937">
<rect width="${width}" height="${height}" fill="#fff"/>
${elements.join("\n")}
</svg>
`;
}
