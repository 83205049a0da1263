/** Reading tags and scripts out of HTML that the compile stage wrote, which is well formed. */

/** An opening tag. */
export interface OpeningTag {
  /** In lower case. */
  name: string;
  /** Values decoded; names in lower case. */
  attributes: Map<string, string>;
}

const TAG =
  /<!--[\s\S]*?-->|<(script|style|textarea|title)\b((?:"[^"]*"|'[^']*'|[^"'>])*)>[\s\S]*?<\/\1\s*>|<([a-z][^\s/>]*)((?:"[^"]*"|'[^']*'|[^"'>])*)>/gi;
const ATTRIBUTE = /([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?/g;
const SCRIPT = /<script\b(?:"[^"]*"|'[^']*'|[^"'>])*>([\s\S]*?)<\/script\s*>/gi;
const ENTITY = /&(?:#x([\da-f]+)|#(\d+)|(amp|lt|gt|quot|apos));/gi;
const NAMED: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** The opening tags in order, without those in comments and scripts. */
export function* openingTags(html: string): Generator<OpeningTag> {
  for (const [, raw, rawAttributes, name, attributes] of html.matchAll(TAG)) {
    const tag = raw ?? name;
    if (tag === undefined) continue;
    yield { name: tag.toLowerCase(), attributes: parse(rawAttributes ?? attributes ?? "") };
  }
}

/** The texts of the inline scripts. */
export function scriptTexts(html: string): string[] {
  return Array.from(html.matchAll(SCRIPT), ([, text]) => text ?? "").filter((text) => text !== "");
}

function parse(text: string): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const [, name = "", double, single, bare] of text.matchAll(ATTRIBUTE)) {
    const key = name.toLowerCase();
    if (!attributes.has(key)) attributes.set(key, decode(double ?? single ?? bare ?? ""));
  }
  return attributes;
}

function decode(text: string): string {
  return text.replace(ENTITY, (whole, hex, decimal, name) => {
    if (name !== undefined) return NAMED[name.toLowerCase()] ?? whole;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
