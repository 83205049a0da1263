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
import { hasHeadStart, hasOtherEngine } from "./head-start.js";

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

  /**
   * Starts the one that a plain job with one worker takes, before upstream is loaded, which says what
   * it really takes. {@link start} keeps it if that is the same.
   */
  guess(projectDir: string, entryFile = "index.html"): void {
    if (hasOtherEngine(process.env)) return;
    this.#start(projectDir, entryFile, {
      workers: 1,
      engine: engineSpec({ browserGpuMode: "auto" }, process.env),
      isExpected: true,
    });
  }

  /** Starts it if the entry file gives the size of the page and the output is not scaled. */
  start(projectDir: string, config: RenderConfig, engineConfig: Settings): void {
    if (config.outputResolution) return;
    const { workers, entryFile = "index.html" } = config;
    const engine = engineSpec(engineConfig, process.env);
    this.#start(projectDir, entryFile, { ...defined({ workers }), engine, isExpected: false });
  }

  #start(
    projectDir: string,
    entryFile: string,
    wanted: Omit<WarmRequest, "width" | "height">,
  ): void {
    const size = guessPageSize(projectDir, entryFile);
    if (!size) return;
    this.#started = true;
    try {
      const request: WarmRequest = { ...size, ...wanted };
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
