// Documents in frames that no server sends (`srcdoc`, blank ones, blobs) follow the composition's time
// as those that ours sends do.
if (window !== window.top && ["about:", "blob:"].includes(location.protocol)) {
  try {
    window.parent.__HF_VIRTUAL_TIME__?.install?.(window);
  } catch {
    // Of another origin, as a sandboxed one is.
  }
}
