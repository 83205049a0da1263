/**
 * The entry `@hyperframes/producer-native/studio`: exports and thumbnails of HyperFrames Studio.
 *
 * @packageDocumentation
 */

export {
  createStartRender,
  type StartRender,
  type StudioRendererOptions,
  type StudioRenderOptions,
  type StudioRenderState,
  startRender,
} from "./api/studio.js";
export {
  createStudioAdapter,
  type StudioAdapter,
  type StudioAdapterOptions,
  type StudioLintResult,
  type StudioProject,
  type StudioThumbnailOptions,
} from "./api/studio-adapter.js";
