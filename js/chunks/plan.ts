/** Plans whose chunks the native engine renders: upstream's, with a part of ours in them. */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type {
  DistributedRenderConfig,
  PlanResult,
  PlanV2ArtifactPublisher,
  PlanV2Manifest,
  PlanV2Result,
  PlanV2WithPublisherOptions,
} from "./distributed-types.js";
import { addNativePart } from "./native-part.js";
import { originalCreatePlanV2, originalPlan, originalPublishPlanV2 } from "./upstream-functions.js";

/**
 * Plans a render in chunks, as upstream's `plan` does: into the folder `planDir`.
 *
 * @throws upstream's errors, or a NativeRenderError
 */
export async function plan(
  projectDir: string,
  config: DistributedRenderConfig,
  planDir: string,
): Promise<PlanResult> {
  const planned = await originalPlan(projectDir, config, planDir);
  const planHash = await addNativePart(projectDir, config, planDir);
  return { ...planned, planHash };
}

/** The same into a folder `planV2Dir` whose files are addressed by content; it must not exist. */
export async function planV2(
  projectDir: string,
  config: DistributedRenderConfig,
  planV2Dir: string,
): Promise<PlanV2Result> {
  // Upstream's function for that says so itself.
  if (existsSync(planV2Dir)) return originalCreatePlanV2(projectDir, planV2Dir);
  const parent = dirname(resolve(planV2Dir));
  return staged(parent, projectDir, config, async (dir) => originalCreatePlanV2(dir, planV2Dir));
}

/** The same with a `publisher` that takes the files. It is told to abort when anything fails. */
export async function planV2WithPublisher(
  projectDir: string,
  config: DistributedRenderConfig,
  publisher: PlanV2ArtifactPublisher,
  options: Readonly<PlanV2WithPublisherOptions> = {},
): Promise<PlanV2Manifest> {
  let isPublishing = false;
  try {
    const parent = options.stagingParentDir ?? tmpdir();
    return await staged(parent, projectDir, config, (dir) => {
      // From here on upstream tells it.
      isPublishing = true;
      return originalPublishPlanV2(dir, publisher);
    });
  } catch (error) {
    if (!isPublishing) await publisher.abort().catch(() => undefined);
    throw error;
  }
}

/** Makes a plan in a folder of its own for `use`. Its size is not limited: chunks get parts of it. */
async function staged<T>(
  parent: string,
  projectDir: string,
  config: DistributedRenderConfig,
  use: (planDir: string) => Promise<T>,
): Promise<T> {
  mkdirSync(parent, { recursive: true });
  const dir = mkdtempSync(join(parent, ".execution-plan-"));
  try {
    const unlimited = { ...config, planDirSizeLimitBytes: Number.MAX_SAFE_INTEGER };
    await plan(projectDir, unlimited, dir);
    return await use(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
