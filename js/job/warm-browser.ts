import { settleWithin } from "../base/deadline.js";
import { messageOf } from "../base/errors.js";
import type { EngineConfig, Logger, RenderConfig } from "../base/types.js";
import { guessPageSize } from "../compile/page-size.js";
import type { NativeBinding } from "../wire/binding.js";
import { engineSpec } from "../wire/render-spec.js";

/** How long a job waits for the end of a browser that it had no use for. */
const END_MS = 2_000;

/**
 * The browser that one job starts while its composition compiles. Nothing depends on it: a render
 * that finds none starts its own, and is the one to say why that fails.
 */
export class WarmBrowser {
  #started = false;

  constructor(
    private readonly binding: () => NativeBinding,
    private readonly logger: Logger | undefined,
  ) {}

  /** Starts it if the entry file tells the size of the page, and the output is not scaled. */
  start(projectDir: string, config: RenderConfig, engine: EngineConfig): void {
    if (config.outputResolution) return;
    const size = guessPageSize(projectDir, config.entryFile ?? "index.html");
    if (!size) return;
    this.#started = true;
    const spec = engineSpec(engine, process.env);
    try {
      const request = { ...size, workers: config.workers, engine: spec };
      this.binding().warmBrowser?.(JSON.stringify(request));
    } catch (error) {
      this.logger?.debug("No browser was started ahead.", { error: messageOf(error) });
    }
  }

  /** Ends it if no render has taken it over. Never rejects. */
  async end(): Promise<void> {
    if (!this.#started) return;
    this.#started = false;
    const ending = (async () => this.binding().coolBrowsers?.())();
    const { state } = await settleWithin(ending, END_MS);
    if (state !== "fulfilled") {
      this.logger?.debug("A browser that was started ahead may not have ended.", { state });
    }
  }
}
