// Draws source frames into stand-ins.
define("draw", ({ fetch, bitmap, halving }) => {
  // An item's kind on the wire; 0 is a frame that the page already holds, 1 an opaque one.
  const TRANSPARENT = 2;

  const showImage = async (clip, item, pixels) => {
    const before = clip.url;
    clip.url = URL.createObjectURL(bitmap.blobOf(item, pixels, item.kind === TRANSPARENT));
    clip.standIn.decoding = "sync";
    clip.standIn.src = clip.url;
    await clip.standIn.decode();
    if (before) URL.revokeObjectURL(before);
  };

  // A promise for an image, which has to be decoded.
  const drawItem = (clip, item, buffer) => {
    clip.held = { index: item.index, form: clip.form };
    const pixels = new Uint8ClampedArray(buffer.memory, item.offset, item.length);
    if (clip.form === "i") return showImage(clip, item, pixels);
    const { canvas } = clip;
    if (canvas.width !== item.width || canvas.height !== item.height || !clip.context) {
      canvas.width = item.width;
      canvas.height = item.height;
      clip.context ??= canvas.getContext("2d", {
        alpha: item.kind === TRANSPARENT,
        willReadFrequently: true,
      });
    }
    clip.context.putImageData(new ImageData(pixels, item.width, item.height), 0, 0);
    return undefined;
  };

  // Draws what `batch` has for the shown clips, and returns the clips that got a new frame. Frames
  // that came in another form than is wanted by now are requested again.
  const drawAll = async (frame, shown, batch) => {
    const pending = [];
    const drawn = new Set();
    const missing = [];
    for (const [clip, box] of shown) {
      const item = batch.items.get(clip.number);
      clip.size = halving.sizeOf(clip, item);
      clip.form = box.isImage ? "i" : String(halving.halvings(clip, box));
      if (clip.held?.index === item.index && clip.held.form === clip.form) continue;
      drawn.add(clip);
      if (item.length > 0 && batch.forms.get(clip) === clip.form) {
        pending.push(drawItem(clip, item, batch.buffer));
      } else {
        missing.push(clip);
      }
    }
    await Promise.all(pending);
    fetch.recycle(batch.buffer);
    if (missing.length > 0) {
      const again = await fetch.request(frame, missing, false);
      await Promise.all(
        missing.map((clip) => drawItem(clip, again.items.get(clip.number), again.buffer)),
      );
      fetch.recycle(again.buffer);
    }
    return drawn;
  };

  return { drawAll };
});
