// Scripts of the page that draw from a clip's <video> get its frame: on a 2-D canvas, as a WebGL
// texture, or as an ImageBitmap.
define("textures", ({ clips }) => {
  // How many clips have been drawn from so far.
  let used = 0;

  const pictureOf = (video) => {
    const clip = clips.ofVideo(video);
    if (!clip?.held || !clip.standIn) return video;
    if (!clip.isTexture) {
      clip.isTexture = true;
      used += 1;
    }
    return clip.canvas ?? clip.standIn;
  };

  const replaceVideoArguments = (owner, name) => {
    const original = owner?.[name];
    if (!original) return;
    owner[name] = function (...args) {
      return original.apply(
        this,
        args.map((arg) => (arg instanceof HTMLVideoElement ? pictureOf(arg) : arg)),
      );
    };
  };

  const install = () => {
    replaceVideoArguments(window.CanvasRenderingContext2D?.prototype, "drawImage");
    replaceVideoArguments(window.CanvasRenderingContext2D?.prototype, "createPattern");
    for (const context of [window.WebGLRenderingContext, window.WebGL2RenderingContext]) {
      replaceVideoArguments(context?.prototype, "texImage2D");
      replaceVideoArguments(context?.prototype, "texSubImage2D");
      replaceVideoArguments(context?.prototype, "texSubImage3D");
    }
    replaceVideoArguments(window, "createImageBitmap");
  };

  return { install, used: () => used };
});
