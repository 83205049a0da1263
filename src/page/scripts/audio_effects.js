// Takes samples into a page and out of it, as base64 of 32-bit floats, and runs upstream's audio
// effects on them.
(() => {
  const incoming = [];
  let outgoing = [];
  const decode = (text) => {
    if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
    const raw = atob(text);
    return Uint8Array.from(raw, (character) => character.charCodeAt(0));
  };
  const encode = (bytes) => {
    if (bytes.toBase64) return bytes.toBase64();
    let raw = "";
    for (let at = 0; at < bytes.length; at += 32768) {
      raw += String.fromCharCode(...bytes.subarray(at, at + 32768));
    }
    return btoa(raw);
  };
  window.__hfNativeEffects = {
    // Makes room for one more channel of that many samples.
    open: (samples) => incoming.push({ bytes: new Uint8Array(samples * 4), filled: 0 }),
    add(channel, text) {
      const part = decode(text);
      const plane = incoming[channel];
      plane.bytes.set(part, plane.filled);
      plane.filled += part.length;
    },
    // Resolves to the number of samples of each channel.
    async run(rate, chain, automation, elapsed) {
      if (!window.__HF_AUDIO_FX) throw new Error("the audio effects of this version did not load");
      const planes = incoming.splice(0).map(({ bytes }) => new Float32Array(bytes.buffer));
      outgoing = await window.__HF_AUDIO_FX.render(
        planes,
        rate,
        chain,
        automation ?? undefined,
        elapsed,
      );
      return outgoing.map((plane) => plane.length);
    },
    take(channel, from, count) {
      const { buffer, byteOffset } = outgoing[channel].subarray(from, from + count);
      return encode(new Uint8Array(buffer, byteOffset, count * 4));
    },
  };
})();
