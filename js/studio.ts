/** The entry `@hyperframes/producer-native/studio`: export from HyperFrames Studio. */
export {
  createStartRender,
  type StartRender,
  type StudioRendererOptions,
  type StudioRenderOptions,
  type StudioRenderState,
  startRender,
} from "./api/studio.js";
