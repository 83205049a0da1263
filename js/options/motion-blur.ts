/** What the native core is told of motion blur. */
import { type Check, invalid, oneOf, record, whole } from "../base/checks.js";
import { defined } from "../base/defined.js";
import type { MotionBlur, RenderConfig } from "../base/types.js";

/** Motion blur of which only the number of samples may be open. */
export type ResolvedBlur = Required<Omit<MotionBlur, "samplesPerFrame">> &
  Pick<MotionBlur, "samplesPerFrame">;

const degrees: Check = (v) => (Number.isFinite(v) ? undefined : "a number of degrees");
const CHECKS: Record<keyof MotionBlur, Check> = {
  samplesPerFrame: whole(1, 64),
  shutterAngle: degrees,
  shutterPhase: degrees,
  blend: oneOf("srgb", "linear"),
};
/** Upstream's (docs/upstream.md#motion-blur). */
const DEFAULTS = { shutterAngle: 180, shutterPhase: -90, blend: "srgb" } as const;

/**
 * Motion blur with its defaults; undefined when frames are not blurred. What upstream would replace or
 * bound is refused.
 *
 * @throws NativeRenderError `HF_NATIVE_INVALID_OPTION` naming the member
 */
export function motionBlurSpec({ motionBlur }: RenderConfig): ResolvedBlur | undefined {
  if (motionBlur === undefined || motionBlur === null) return undefined;
  const expected = record(motionBlur);
  if (expected !== undefined) throw invalid("motionBlur", expected, motionBlur);
  const given = defined(motionBlur as MotionBlur);
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(CHECKS, name)) {
      throw invalid("motionBlur", `of ${Object.keys(CHECKS).join(", ")}`, motionBlur);
    }
    const wanted = CHECKS[name as keyof MotionBlur](value);
    if (wanted !== undefined) throw invalid(`motionBlur.${name}`, wanted, value);
  }
  return { ...DEFAULTS, ...given };
}
