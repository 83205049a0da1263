/** A browser that starts while the composition compiles. */
import { settleWithin } from "../base/deadline.js";
import { defined } from "../base/defined.js";
import { messageOf } from "../base/errors.js";
import type { Logger, RenderConfig } from "../base/types.js";
import { guessPageSize } from "../compile/page-size.js";
import type { Settings } from "../upstream/engine-config.js";
import type { NativeBinding } from "../wire/binding.js";
import { engineSpec } from "../wire/engine-spec.js";
import type { WarmRequest } from "../wire/generated.js";
import { hasHeadStart } from "./head-start.js";

/** How long a job waits for the end of a browser that no render took over. */
const END_MS = 2_000;

/**
 * The browser that one job starts while its composition compiles. Failures are only logged: a
 * render that finds no browser starts its own, and reports why that fails.
 */
export class WarmBrowser {
  /** Also one that was started for whatever job comes. */
  #started = hasHeadStart();

  constructor(
    private readonly binding: () => NativeBinding,
    private readonly logger: Logger | undefined,
  ) {}

  /** Starts it if the entry file gives the size of the page and the output is not scaled. */
  start(projectDir: string, config: RenderConfig, engineConfig: Settings): void {
    if (config.outputResolution) return;
    const size = guessPageSize(projectDir, config.entryFile ?? "index.html");
    if (!size) return;
    this.#started = true;
    const engine = engineSpec(engineConfig, process.env);
    try {
      const { workers } = config;
      const request: WarmRequest = { ...size, ...defined({ workers }), engine, isExpected: false };
      this.binding().warmBrowser(JSON.stringify(request));
    } catch (error) {
      this.logger?.debug("No browser was started ahead.", { error: messageOf(error) });
    }
  }

  /** Ends it if no render has taken it over. Never rejects. */
  async end(): Promise<void> {
    if (!this.#started) return;
    this.#started = false;
    const ending = (async () => this.binding().coolBrowsers())();
    const { state } = await settleWithin(ending, END_MS);
    if (state !== "fulfilled") {
      this.logger?.debug("A browser that was started ahead may not have ended.", { state });
    }
  }
}
