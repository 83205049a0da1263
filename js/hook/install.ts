/** Installing the load hook in Node. */
import * as nodeModule from "node:module";
import { pathToFileURL } from "node:url";
import { rewrite, rewriteProducer } from "./loader.js";

const INSTALLED = Symbol.for("@hyperframes/producer-native/hook-installed");
const shared = globalThis as { [INSTALLED]?: boolean };

/**
 * Installs the load hook once per process: in this thread where Node has `registerHooks` (from 22.15
 * and 23.5), else with `module.register`, which runs it in another thread.
 */
export function installHook(): void {
  if (shared[INSTALLED]) return;
  shared[INSTALLED] = true;
  if (typeof nodeModule.registerHooks === "function") {
    nodeModule.registerHooks({ load: (url, context, next) => rewrite(url, next(url, context)) });
  } else {
    nodeModule.register(new URL("./loader.js", import.meta.url));
    hookRequire();
  }
}

/** What `require` compiles a file with; the format is `module` for what `import` could load too. */
type Compile = (this: object, source: string, path: string, format?: string) => unknown;

/** The hook of another thread does not see what is loaded by `require`. */
function hookRequire(): void {
  const prototype = nodeModule.Module.prototype as { _compile?: Compile };
  const compile = prototype._compile;
  if (typeof compile !== "function") return;
  prototype._compile = function (source, path, format) {
    const text = rewriteProducer(pathToFileURL(path).href, () => source) ?? source;
    return compile.call(this, text, path, format);
  };
}
