// The clips and the state that is kept for each of them, and their <video> elements, which load
// nothing.
define("clips", ({ config, visibility }) => {
  const all = config.clips.map((source, number) => ({
    id: source.id,
    source,
    number,
    video: null,
    // The element that shows the clip's frames; the same if it is a canvas; whether it is beside the
    // video.
    standIn: null,
    canvas: null,
    isBeside: false,
    context: null,
    // The source frame that the stand-in shows: its index and its form.
    held: null,
    // The form in which frames are wanted: how often they are halved, "i" for an image, "-" while
    // it is not known.
    form: "-",
    // Width and height of the source, and how often its frames may be halved.
    size: null,
    // Object URL of the stand-in's image.
    url: "",
    // A script of the page draws the video, and needs whole frames.
    isTexture: false,
    // Styles that the stand-in was given.
    styles: {},
  }));
  const byId = new Map(all.map((clip) => [clip.id, clip]));
  const byVideo = new WeakMap();
  const idOf = (video) => window.__hfMediaId(video);

  const { stub, present, showPoster } = window.__hfNativeStubVideo((video) => {
    const clip = byId.get(idOf(video));
    if (!clip) return undefined;
    // A video is hidden until a frame of it is due.
    if (config.url && byVideo.get(video) !== clip) visibility.hide(video);
    byVideo.set(video, clip);
    return clip.source;
  });

  // The clip's <video>; scripts may remove it or put another one in its place.
  const videoOf = (clip) => {
    const known = clip.video;
    if (known?.isConnected && idOf(known) === clip.id) return known;
    clip.video = window.__hfMediaEl(clip.id);
    if (clip.video) stub(clip.video);
    return clip.video;
  };

  return { all, videoOf, present, showPoster, ofVideo: (video) => byVideo.get(video) };
});
