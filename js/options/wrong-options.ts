/** Refusing options with a wrong type or out of range, whatever way they came. */
import { bitrate, type Check, flag, invalid, oneOf, record, text, whole } from "../base/checks.js";
import type { RenderConfig } from "../base/types.js";
import { checkSettings, type Settings } from "../upstream/engine-config.js";
import { motionBlurSpec } from "./motion-blur.js";
import { OPTIONS } from "./table.js";

/** Fields that are not checked where they are turned into what the core is told. */
const FIELDS: Partial<Record<keyof RenderConfig, Check>> = {
  debug: flag,
  entryFile: text,
  gifLoop: whole(0, 65_535),
  hlsSegmentSeconds: whole(1),
  keepSegments: flag,
  outputResolution: text,
  outputResolutionAspectAgnostic: flag,
  resume: flag,
  resumeSegments: flag,
  strictness: oneOf("strict", "best-effort"),
  useGpu: flag,
  variables: record,
  videoBitrate: bitrate,
  videoFrameFormat: oneOf("auto", "jpg", "png"),
};

const USED_SETTINGS = OPTIONS.filter(
  ({ kind, treatment }) => kind === "setting" && treatment === "honoured",
).map(({ name }) => name);

/**
 * Checks what a job was given. Upstream checks less of it, and none of the variables.
 *
 * @throws NativeRenderError `HF_NATIVE_INVALID_OPTION` naming the option, its value and what it may
 *   be
 */
export function checkGiven(config: RenderConfig, settings: Settings, env: NodeJS.ProcessEnv): void {
  checkVariables(env);
  for (const [name, check] of Object.entries(FIELDS)) {
    const value = config[name as keyof RenderConfig];
    if (value === undefined || value === null) continue;
    const expected = check(value);
    if (expected !== undefined) throw invalid(name, expected, value);
  }
  checkHls(config);
  motionBlurSpec(config);
  checkSettings(settings, USED_SETTINGS);
}

/** What upstream refuses of HLS, too: it is SDR, and of GPU encoders no key frame can be demanded. */
function checkHls({ format, hdrMode, useGpu }: RenderConfig): void {
  if (format !== "hls") return;
  const allowed = "with the format hls";
  if (hdrMode === "force-hdr") throw invalid("hdrMode", `auto or force-sdr ${allowed}`, hdrMode);
  if (useGpu === true) throw invalid("useGpu", `false ${allowed}`, useGpu);
}

/**
 * Refuses variables that hold no number where upstream would silently take its default.
 *
 * @throws NativeRenderError `HF_NATIVE_INVALID_OPTION` naming the variable
 */
export function checkVariables(env: NodeJS.ProcessEnv): void {
  for (const { name, number } of OPTIONS) {
    const given = env[name]?.trim();
    if (!number || !given) continue;
    const expected = number(Number(given));
    if (expected !== undefined) throw invalid(name, expected, env[name]);
  }
}
