// Leaves out uploads of pictures that a texture holds already. The runtime uploads the picture of
// every graded element for each drawing, which takes long for photographs (docs/performance.md).
define("uploads", () => {
  // Other formats may be animated, and an element does not tell. The images that stand in for clips
  // get a new address with every frame.
  const isStill = (image) =>
    /\.jpe?g$/i.test(image.currentSrc.replace(/[?#].*/, "")) ||
    image.currentSrc.startsWith("data:image/jpeg") ||
    image.classList.contains("__render_frame__");

  const install = (gl) => {
    // What each texture holds.
    const held = new WeakMap();
    const forget = (name) => {
      const original = gl[name].bind(gl);
      gl[name] = (...args) => {
        held.delete(gl.getParameter(gl.TEXTURE_BINDING_2D));
        original(...args);
      };
    };
    for (const name of ["texSubImage2D", "copyTexImage2D", "copyTexSubImage2D"]) forget(name);
    const texImage2D = gl.texImage2D.bind(gl);
    gl.texImage2D = (...args) => {
      const texture = gl.getParameter(gl.TEXTURE_BINDING_2D);
      const [image] = args.slice(-1);
      const isImage = image instanceof HTMLImageElement && image.complete && isStill(image);
      const state =
        isImage &&
        [
          ...[image.currentSrc, image.naturalWidth, image.naturalHeight, ...args.slice(0, -1)],
          ...[gl.UNPACK_FLIP_Y_WEBGL, gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL].map((name) =>
            gl.getParameter(name),
          ),
        ].join();
      const before = texture && held.get(texture);
      if (state && before?.image === image && before.state === state) return;
      texImage2D(...args);
      if (!texture) return;
      if (state) held.set(texture, { image, state });
      else held.delete(texture);
    };
  };

  return { install };
});
