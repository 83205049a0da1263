/**
 * `@hyperframes/producer-native`: renders HyperFrames projects on a native core.
 *
 * - `renderJob(options)` renders a project to a file.
 * - `renderFrame`, `renderRange` and `thumbnails` give single frames of a project as picture files, from
 *   a composition that stays open; `createFrameRenderer` makes one with bounds of its own.
 * - `createRenderJob` and `executeRenderJob` have the contract of `@hyperframes/producer`.
 * - Everything else that `@hyperframes/producer` exports is here too; what is not this package's own is
 *   HyperFrames', found and loaded when it is first used.
 * - `wrapProducer(namespace)` puts the native engine behind a producer namespace.
 * - `progressLine()` shows a render's progress as one line; `renderTimes` and `renderTimesText` say what
 *   its time went into.
 * - `compile`, `saveCompiled` and `loadCompiled` give the project as the native core sees it;
 *   `resolveUpstream` finds the HyperFrames package that `compile` runs.
 *
 * The error codes are in `docs/errors.md`, the environment variables in the README.
 */
export * from "./dist/index.js";
