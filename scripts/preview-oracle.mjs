#!/usr/bin/env node
/**
 * Lets a browser draw transitions with the WebGL programs of previews, as the measure of
 * `TransitionStyle::Preview`, into `.cache/preview-oracle/`: without a GPU, by SwiftShader, as servers do.
 * What is there is kept. `__test__/rust/preview_oracle.rs` compares.
 *
 *   node scripts/preview-oracle.mjs [854x480 ...]
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PAIRS } from "./lib/blend-inputs.mjs";
import { browserPath } from "./lib/browser.mjs";
import { ChromePipe, SOFTWARE_WEBGL } from "./lib/chrome-pipe.mjs";
import { previewPrograms } from "./lib/preview-programs.mjs";
import { CACHE_DIR } from "./lib/run.mjs";

const PROGRESS = [0, 0.1, 0.25, 0.5, 0.75, 0.9, 1];
/** The library's own where an author gives none, and those it derives from `#3366cc`. */
const ACCENTS = {
  default: { accent: [1, 0.6, 0.2], dark: [0.4, 0.15, 0], bright: [1, 0.85, 0.5] },
  "#3366cc": { accent: [0.2, 0.4, 0.8], dark: [0.07, 0.14, 0.28], bright: [0.5, 0.8, 1] },
};

/** Runs in the page: makes what {@link drawCase} draws with. */
const PREPARE = `((library, width, height, from, to) => {
  const bytes = (text) => Uint8ClampedArray.from(atob(text), (c) => c.charCodeAt(0));
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const gl = library.createContext(canvas, width, height);
  if (!gl) throw new Error("no WebGL");
  const quad = library.setupQuad(gl);
  const [textureFrom, textureTo] = [from, to].map((text) => {
    const texture = library.createTexture(gl);
    library.uploadTextureSource(gl, texture, new ImageData(bytes(text), width, height));
    return texture;
  });
  const programs = {};
  globalThis.drawCase = (name, progress, accents) => {
    programs[name] ??= library.createProgram(gl, library.getFragSource(name));
    library.renderShader(
      gl, quad, programs[name], textureFrom, textureTo, progress, accents, width, height,
    );
    const pixels = new Uint8Array(width * height * 4);
    gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
    let text = "";
    for (let y = height - 1; y >= 0; y--) {
      const row = pixels.subarray(y * width * 4, (y + 1) * width * 4);
      for (let x = 0; x < width * 4; x++) text += x % 4 === 3 ? "" : String.fromCharCode(row[x]);
    }
    return btoa(text);
  };
  return library.SHADER_NAMES;
})`;

/** @param {string[]} sizes such as `854x480` */
export async function drawPreviewOracle(sizes) {
  const { version, script } = previewPrograms();
  const chrome = new ChromePipe(browserPath(), SOFTWARE_WEBGL);
  try {
    const browser = await chrome.call("Browser.getVersion");
    const evaluate = await openPage(chrome);
    for (const size of sizes) await drawSize(size, { version, browser, script, evaluate });
  } finally {
    await chrome.close();
  }
}

async function openPage(chrome) {
  const { targetId } = await chrome.call("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await chrome.call("Target.attachToTarget", { targetId, flatten: true });
  return async (expression) => {
    const params = { expression, returnByValue: true };
    const { result, exceptionDetails } = await chrome.call("Runtime.evaluate", params, sessionId);
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description);
    return result.value;
  };
}

async function drawSize(size, { version, browser, script, evaluate }) {
  const [width, height] = size.split("x").map(Number);
  const dir = join(CACHE_DIR, "preview-oracle", size);
  const indexFile = join(dir, "index.json");
  const pictures = PAIRS.scene(width, height);
  const [from, to] = [pictures.from, pictures.to].map(eightBit);
  const scenes = [from, to].map((rgb) => JSON.stringify(opaque(rgb).toString("base64")));
  const names = await evaluate(`${PREPARE}(${script}, ${width}, ${height}, ${scenes})`);
  const cases = names.flatMap((transition) =>
    PROGRESS.flatMap((progress) =>
      Object.entries(ACCENTS)
        .filter(([accent]) => accent === "default" || progress === 0.5)
        .map(([accent, accents]) => {
          const file = `${transition}-${progress}${accent === "default" ? "" : "-accent"}.rgb`;
          return { transition, progress, accents, file };
        }),
    ),
  );
  const about = { library: version, browser: browser.product, width, height, cases };
  const index = `${JSON.stringify(about, null, 1)}\n`;
  // Written last: with it, everything is there.
  if (existsSync(indexFile) && readFileSync(indexFile, "utf8") === index) return;
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, "from.rgb"), from);
  writeFileSync(join(dir, "to.rgb"), to);
  for (const { transition, progress, accents, file } of cases) {
    const call = [transition, progress, accents].map((value) => JSON.stringify(value)).join();
    writeFileSync(join(dir, file), Buffer.from(await evaluate(`drawCase(${call})`), "base64"));
  }
  writeFileSync(indexFile, index);
}

/** The high bytes of little-endian samples. */
function eightBit(rgb48) {
  return Buffer.from(rgb48.filter((_, at) => at % 2 === 1));
}

function opaque(rgb) {
  const rgba = Buffer.alloc((rgb.length / 3) * 4, 255);
  for (let at = 0; at < rgb.length; at++) rgba[Math.floor(at / 3) * 4 + (at % 3)] = rgb[at];
  return rgba;
}

const sizes = process.argv.slice(2);
drawPreviewOracle(sizes.length > 0 ? sizes : ["854x480"]).catch((error) => {
  console.error(`preview-oracle: ${error.message}`);
  process.exitCode = 1;
});
