// Makes a bitmap file of a source frame's pixels, which an <img> decodes without loss.
define("bitmap", () => {
  // A file header and a header of version 4, before the pixels:
  // <https://en.wikipedia.org/wiki/BMP_file_format>
  const FILE_HEADER = 14;
  const INFO_HEADER = 108;
  const HEADER = FILE_HEADER + INFO_HEADER;
  const MASKED = 3;
  const SRGB = 0x73524742;

  // The header before `length` bytes of RGBA, rows from top to bottom.
  const header = ({ width, height, length }, isTransparent) => {
    const view = new DataView(new ArrayBuffer(HEADER));
    const word = (at, value) => view.setInt32(at, value, true);
    view.setUint16(0, 0x4d42, true);
    word(2, HEADER + length);
    word(10, HEADER);
    word(14, INFO_HEADER);
    word(18, width);
    word(22, -height);
    view.setUint16(26, 1, true);
    view.setUint16(28, 32, true);
    word(30, MASKED);
    word(34, length);
    const alpha = isTransparent ? 0xff000000 : 0;
    [0xff, 0xff00, 0xff0000, alpha].forEach((mask, i) => {
      word(54 + i * 4, mask);
    });
    word(70, SRGB);
    return view;
  };

  const blobOf = (item, pixels, isTransparent) =>
    new Blob([header(item, isTransparent), pixels], { type: "image/bmp" });

  return { header, blobOf };
});
