// Waits for upstream's grading: a page without it gets nothing but this.
define("install", ({ programs, uploads, hiding }) => {
  // A uniform of its shader.
  const MARK = "uniform float u_lutIntensity;";

  let isHiding = false;
  const begin = (gl) => {
    programs.specialise(gl);
    uploads.install(gl);
    if (isHiding) return;
    isHiding = true;
    hiding.install();
  };

  // Looks at the shaders of the context until one is that of the grading. Its vertex shader comes
  // before it, and is asked for again.
  const watch = (gl) => {
    const { shaderSource } = gl;
    let before = null;
    gl.shaderSource = (shader, text) => {
      if (!String(text).includes(MARK)) {
        before = [shader, text];
        shaderSource.call(gl, shader, text);
        return;
      }
      delete gl.shaderSource;
      begin(gl);
      if (before) gl.shaderSource(...before);
      gl.shaderSource(shader, text);
    };
  };

  const { getContext } = HTMLCanvasElement.prototype;
  const seen = new WeakSet();
  HTMLCanvasElement.prototype.getContext = function (type, ...options) {
    const context = getContext.call(this, type, ...options);
    if (type === "webgl" && context && !seen.has(context)) {
      seen.add(context);
      watch(context);
    }
    return context;
  };
});
