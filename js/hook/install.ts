/** Installing the load hook in Node. */
import * as nodeModule from "node:module";
import { rewrite } from "./loader.js";

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
  }
}
