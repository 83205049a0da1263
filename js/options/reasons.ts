/** Reasons that several options share. */

export const FAST_CAPTURE =
  "HyperFrames' fast capture (drawElementImage) is not used: frames are read from Chrome's compositor";
export const NO_EXTRACTION =
  "source frames are decoded while the page is captured, and none is written to a folder";
export const STREAMED = "frames always go straight to the encoder, whatever the length";
export const NO_PREDICTION =
  "frames are used again only where Chrome says that nothing changed, so that none is predicted";
export const SEGMENTS = "segments are of the encode; browsers go on across them";
export const OWN_SAMPLER =
  "the memory of all processes is always watched, against the render's budget";
export const UNREAD = "HyperFrames' own engine does not read it either";
export const OF_CLI = "the CLI's own";
export const OF_SERVER = "the producer server's own";
export const INTERNAL = "HyperFrames sets it for itself";
