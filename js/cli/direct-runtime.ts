/**
 * What a rewritten module of `@hyperframes/producer` calls: its `executeRenderJob` is this engine's,
 * where that was asked for.
 */
import { pathToFileURL } from "node:url";
import { importEntry, type PackageInfo } from "../base/packages.js";
import { isChosen } from "../hook/chosen.js";
import { nativeMode } from "../route/mode.js";
import { noteOriginal } from "../upstream/originals.js";
import type { UpstreamNamespace } from "../upstream/types.js";

export { adoptClasses } from "../upstream/class-families.js";

type Execute = UpstreamNamespace["executeRenderJob"];

/** A module of a producer package. */
export interface DirectModule {
  info: PackageInfo;
  /** Its own URL. */
  url: string;
  /** Upstream's function. */
  original: Execute;
  /** The function in its place. */
  replaced: Execute;
}

/**
 * Notes what a module's `executeRenderJob` was.
 *
 * @returns what it is instead
 */
export function directProducer(module: DirectModule): Execute {
  noteOriginal(module.replaced, module.original);
  return async (...args) => {
    if (!isChosen(module.url) || nativeMode() === "off") return module.original(...args);
    const { wrapProducer } = await import("../api/producer.js");
    const { info } = module;
    // Its server's module exports no functions to render with.
    const entry = importEntry(info);
    const namespace = await import(entry ? pathToFileURL(entry).href : module.url);
    const identity = { package: info.name, version: info.version, dir: info.dir };
    await wrapProducer(namespace as UpstreamNamespace, identity).executeRenderJob(...args);
  };
}
