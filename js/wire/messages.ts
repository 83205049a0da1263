/** A reason for which the compile stage prefers the screenshot lane. */
export interface RenderModeReason {
  code: string;
  message: string;
}

/**
 * A project after the peer's compile stage: everything the native core needs to know about it.
 * Plain JSON; `saveCompiled` and `loadCompiled` move it to disk and back.
 */
export interface CompiledComposition {
  schemaVersion: 1;
  /** Whose compile stage made it. */
  producer: { package: string; version: string };
  /** Absolute path; relative to the file when saved as `compiled.json`. */
  projectDir: string;
  /** Absolute path of the compiled HTML and the assets copied with it; relative when saved. */
  compiledDir: string;
  /** Final `index.html`: compiled HTML with runtime, stubs, virtual clock and bridge. */
  documentPath: string;
  /** `<script>` block to insert after `<head>` of every other served HTML file. */
  preHead: string;
  /** Entry within the project, with forward slashes. */
  entryFile: string;
  /** CSS pixels. */
  width: number;
  height: number;
  /** Seconds; 0 means that only the page can tell. */
  staticDuration: number;
  /** As the producer collects it for the root timeline. */
  media: {
    videos: Record<string, unknown>[];
    audios: Record<string, unknown>[];
    images: Record<string, unknown>[];
    /** JSON of the effects on the whole sound. */
    masterFxChain?: string;
  };
  hints: {
    recommendScreenshot: boolean;
    reasons: RenderModeReason[];
    shaderTransitions: boolean;
    /** Scripts of the page may set the volume of sounding elements. */
    scriptedVolume?: boolean;
    /** Some clips have no times of their own: they show while their scene does. */
    untimedClips?: boolean;
  };
}
