/** The WebGL code of previews, as the installed library carries it in its source map. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import ts from "typescript";

const PACKAGE = "@hyperframes/shader-transitions";
const MODULES = ["/src/shaders/common.ts", "/src/shaders/registry.ts", "/src/webgl.ts"];
const NAMES = [
  "SHADER_NAMES",
  "getFragSource",
  "createContext",
  "setupQuad",
  "createProgram",
  "createTexture",
  "uploadTextureSource",
  "renderShader",
];

/**
 * @returns {{ version: string, script: string }} `script` is a JavaScript expression, whose value has
 *   the library's functions of {@link NAMES}
 * @throws {Error} when the library's sources are laid out otherwise
 */
export function previewPrograms() {
  const dist = dirname(createRequire(import.meta.url).resolve(PACKAGE));
  const { version } = JSON.parse(readFileSync(join(dist, "..", "package.json"), "utf8"));
  const map = JSON.parse(readFileSync(join(dist, "index.js.map"), "utf8"));
  const parts = MODULES.map((name) => {
    const at = map.sources.findIndex((source) => source.endsWith(name));
    if (at < 0) throw new Error(`${PACKAGE} ${version}: no ${name} in its source map`);
    return classic(map.sourcesContent[at]);
  });
  return {
    version,
    script: `(() => {\n${parts.join("\n")}\nreturn { ${NAMES.join(", ")} };\n})()`,
  };
}

/** A module as statements that can stand beside those of the others, which import nothing else. */
function classic(source) {
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
  const { outputText } = ts.transpileModule(source, { compilerOptions });
  return outputText.replace(/^import .*$/gm, "").replace(/^export /gm, "");
}
