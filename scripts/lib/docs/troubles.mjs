/**
 * What people see when something goes wrong: the table that docs/troubleshooting.md is made of. Of a row with
 * codes, cause and remedy are those of docs/errors.md; a row without has its own.
 *
 * @typedef {object} Trouble
 * @property {string} sees
 * @property {string[]} [codes] without `HF_NATIVE_`
 * @property {string} [cause]
 * @property {string} [remedy]
 * @property {string} [more] a link
 *
 * @type {[title: string, troubles: Trouble[]][]}
 */
export const TROUBLES = [
  [
    "It does not begin",
    [
      {
        sees: "`file too short`, `GLIBC_… not found` or `Cannot find module …`, and another engine renders",
        codes: ["ADDON_MISSING", "ADDON_VERSION"],
        more: "[platforms](platforms.md)",
      },
      {
        sees: "an option, a field or a variable is named",
        codes: ["INVALID_OPTION", "INVALID_SPEC"],
        more: "[options](compatibility.md)",
      },
      { sees: "the output is refused", codes: ["OUTPUT"] },
      {
        sees: "with `HYPERFRAMES_NATIVE=only`: the input is not covered",
        codes: ["UNSUPPORTED"],
        more: "[what is covered](../README.md#what-is-covered)",
      },
      {
        sees: "HyperFrames is not found, or its version is not known",
        codes: ["NO_PRODUCER", "COMPILE_CONTRACT"],
      },
      {
        sees: "compiling fails, or does not end",
        codes: ["COMPILE_DOCUMENT", "COMPILE_TIMEOUT", "COMPILED_FILE"],
      },
      {
        sees: "a file outside of the project is named",
        codes: ["OUTSIDE_PROJECT"],
        more: "[what a composition reaches](security.md)",
      },
      {
        sees: "`Waiting for other renders until …`, then an error",
        codes: ["BUSY"],
        more: "[several renders](integration.md#several-renders-in-one-process)",
      },
      { sees: "ffmpeg or ffprobe is missing", codes: ["FFMPEG_NOT_FOUND"] },
    ],
  ],
  [
    "The browser",
    [
      {
        sees: "there is no Chrome, or another one",
        codes: ["BROWSER_NOT_FOUND", "BROWSER_VERSION"],
      },
      { sees: "Chrome does not start", codes: ["BROWSER_LAUNCH"] },
      {
        sees: "Chrome ends in the middle, again and again",
        codes: ["BROWSER_CRASHED", "CAPTURE"],
        more: "[memory](memory.md#too-much-or-ended)",
      },
      {
        sees: "nothing happens for half a minute or more, then an error",
        codes: ["PROTOCOL_TIMEOUT", "STALLED"],
        more: "[every wait](waits.md)",
      },
      { sees: "Chrome answered something unexpected", codes: ["PROTOCOL"] },
      {
        sees: "`doctor` says that BeginFrame or the surface lane does not work",
        cause: "this Chrome, or this system, does not have them",
        remedy:
          "install a Chrome headless shell (`npx hyperframes browser ensure`); renders work without them, more slowly",
        more: "[platforms](platforms.md)",
      },
    ],
  ],
  [
    "The page",
    [
      { sees: "the page does not load, or goes elsewhere", codes: ["NAVIGATION"] },
      {
        sees: "the page loads, and its composition does not come",
        codes: ["PAGE_NOT_READY", "PAGE_SCRIPT"],
      },
      { sees: "the length is nothing, or endless", codes: ["ZERO_DURATION", "TOO_LONG"] },
      { sees: "an effect chain fails", codes: ["VFX"] },
      {
        sees: "fonts or images of other hosts are missing",
        cause: "the network is closed for pages (`pageNetwork`), or the host did not answer",
        remedy: 'put the files into the project, or allow `pageNetwork: "public"`',
        more: "[what a composition reaches](security.md)",
      },
      {
        sees: "text is set in another font than in the preview",
        cause: "the font is not installed on the machine that renders",
        remedy:
          "put the font into the project; `hyperframes-native doctor` lists what the machine has",
      },
    ],
  ],
  [
    "Clips and sound",
    [
      {
        sees: "a clip or its file is named",
        codes: ["VIDEO_SOURCE", "VIDEO_DECODE", "VIDEO_COVERAGE"],
      },
      {
        sees: "a sound or its file is named",
        codes: ["AUDIO_SOURCE", "AUDIO_EFFECTS", "AUDIO_MIX"],
      },
      {
        sees: "HDR output is refused",
        codes: ["HDR_IMAGE", "HDR_SCALING", "HDR_MOTION_BLUR"],
        more: "[HDR](hdr.md)",
      },
      {
        sees: "an HDR film is pale or dark in a player",
        cause: "the player or the screen does not show PQ or HLG",
        remedy: "render with `--sdr`: HDR clips are then brought to BT.709",
        more: "[HDR](hdr.md)",
      },
      { sees: "a warning forbids the result", codes: ["QUALITY"] },
    ],
  ],
  [
    "Encoder, file and disk",
    [
      {
        sees: "`FFmpeg exited with …`, or an encoder is missing",
        codes: ["ENCODE"],
        more: "[memory](memory.md#too-much-or-ended)",
      },
      { sees: "the file is shorter than it should be", codes: ["TRUNCATED"] },
      { sees: "the disk is full", codes: ["DISK_FULL"], more: "[disk](tuning.md#disk)" },
      { sees: "a file or the destination cannot be used", codes: ["IO", "PUBLISH_TIMEOUT"] },
      { sees: "too little memory", codes: ["MEMORY"], more: "[memory](memory.md)" },
      { sees: "a transition fails", codes: ["BLEND"], more: "[transitions](transitions.md)" },
      {
        sees: "a folder `.hf-native-segments` beside the destination",
        cause: "a long render ended early; what it has encoded is kept",
        remedy: "render again: it goes on from there. `--no-resume` does without",
        more: "[renders that end early](integration.md#renders-that-end-early)",
      },
    ],
  ],
  [
    "Single frames, fleets, programs",
    [
      {
        sees: "a frame is not given",
        codes: ["FRAME_TIME", "FRAME_FORMAT", "FRAME_QUEUE", "FRAME_TIMEOUT", "FRAME_CLOSED"],
        more: "[single frames](integration.md#single-frames)",
      },
      {
        sees: "a fleet refuses or fails a render",
        codes: ["FLEET_FULL", "FLEET_RENDER"],
        more: "[more than one machine](distributed.md)",
      },
      { sees: "`BlendPool.blend` throws", codes: ["BLEND_INPUT", "BLEND_CLOSED"] },
      { sees: "a call came too early or too late", codes: ["STATE", "CANCELLED"] },
      { sees: "`panic` or a bug is named", codes: ["PANIC"] },
    ],
  ],
  [
    "It works, and is not as expected",
    [
      {
        sees: "`Using the HyperFrames engine: …`",
        cause: "the input is not covered, or the addon cannot be loaded; the line says which",
        remedy: "with `HYPERFRAMES_NATIVE=only` it is an error instead",
        more: "[what is covered](../README.md#what-is-covered)",
      },
      {
        sees: "`… has no effect here`",
        cause: "an option or a variable of HyperFrames is not needed by this engine",
        remedy: "leave it out",
        more: "[options](compatibility.md)",
      },
      {
        sees: "it is slow",
        cause: "Chrome draws, the encoder encodes, or the page's scripts run: `--debug` says which",
        remedy: "see the field that is the largest",
        more: "[where the time goes](tuning.md#where-the-time-goes)",
      },
      {
        sees: "only one worker renders",
        cause: "`--explain` names it as `boundBy`",
        remedy: "often nothing: a light page is not faster with two",
        more: "[workers](tuning.md#workers)",
      },
      {
        sees: "the picture differs from HyperFrames' own",
        cause: "some differences are meant, and written down",
        remedy: "compare with `HYPERFRAMES_NATIVE=off`; report what is not in the lists",
        more: "[transitions](transitions.md#where-the-picture-differs-from-hyperframes-08170), [HDR](hdr.md#where-the-picture-differs-from-hyperframes-08170), [everything else](conformance.md)",
      },
      {
        sees: "a container is ended (exit code 137), or is slow at 8 GiB and less",
        cause: "its memory limit, or HyperFrames' low memory mode",
        remedy: "see the table there",
        more: "[memory](memory.md#too-much-or-ended)",
      },
    ],
  ],
];
