/**
 * What a program in TypeScript does with each entry. Compiled by `types.test.mjs` for every way in
 * which TypeScript finds modules, never run.
 */
import {
  NativeRenderError,
  RenderCancelledError,
  type RenderJobOptions,
  type RenderResult,
  renderFrame,
  renderJob,
} from "@hyperframes/producer-native";
import { FleetQueue } from "@hyperframes/producer-native/bullmq";
import { plan, renderChunk } from "@hyperframes/producer-native/distributed";
import "@hyperframes/producer-native/register";
import { startServer } from "@hyperframes/producer-native/server";
import { createStartRender } from "@hyperframes/producer-native/studio";

export async function render(options: RenderJobOptions): Promise<RenderResult | string> {
  try {
    const picture: Uint8Array = await renderFrame("project", 1.5);
    if (picture.byteLength === 0) return "empty";
    return await renderJob({ ...options, fps: 30, quality: "standard" });
  } catch (error) {
    if (error instanceof RenderCancelledError) return "cancelled";
    if (error instanceof NativeRenderError) return error.code satisfies `HF_NATIVE_${string}`;
    throw error;
  }
}

// A type that was not found would be `any`, and take all of these.

// @ts-expect-error: it needs a project
export const noProject = renderJob({ outputPath: "o.mp4" });
// @ts-expect-error: it is a number
export const noNumber = renderChunk("plan", "0", "o.mp4");
// @ts-expect-error: it takes three arguments
export const noPlan = plan("project");
// @ts-expect-error: it is a number
export const noPort = startServer({ port: {} });
// @ts-expect-error: it is a function
export const noFunction: string = createStartRender;
// @ts-expect-error: it is a class
export const noClass: string = FleetQueue;
