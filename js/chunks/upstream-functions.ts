/** Upstream's own functions for plans and their chunks. */

import { asyncFunction, type Source, syncFunction } from "../upstream/hand-on.js";
import type {
  AssembleOptions,
  AssembleResult,
  DistributedRenderConfig,
  EffectiveChunkResult,
  PlanProtocolConsumerCapabilities,
  PlanProtocolV1Descriptor,
  PlanResult,
  PlanV2ArtifactPublisher,
  PlanV2Manifest,
  PlanV2MaterializationResult,
  PlanV2MaterializationTarget,
  PlanV2Result,
} from "./distributed-types.js";

/** Where upstream has what belongs to plans. */
export const FROM: Source = { subpaths: ["./distributed", "."] };

/** Makes a plan with upstream's engine. */
export const originalPlan = asyncFunction<
  (projectDir: string, config: DistributedRenderConfig, planDir: string) => Promise<PlanResult>
>("plan", FROM);
/** Joins chunks with upstream's engine. */
export const originalAssemble = asyncFunction<
  (
    planDir: string,
    chunkPaths: readonly string[],
    audioPath: string | null,
    outputPath: string,
    options?: AssembleOptions,
  ) => Promise<AssembleResult>
>("assemble", FROM);
/** Renders a chunk with upstream's engine. */
export const originalRenderChunk = asyncFunction<
  (planDir: string, chunkIndex: number, outputChunkPath: string) => Promise<EffectiveChunkResult>
>("renderChunk", FROM);
/** The shape of a plan as a folder. Throws for any other. */
export const originalReadPlanProtocolV1 = syncFunction<
  (
    planJson: unknown,
    capabilities?: Readonly<PlanProtocolConsumerCapabilities>,
  ) => Readonly<PlanProtocolV1Descriptor>
>("readPlanProtocolV1", FROM);
/** Writes a plan whose files are named by their checksums, from a plan as a folder. */
export const originalCreatePlanV2 = syncFunction<
  (executionPlanDir: string, planV2Dir: string) => PlanV2Result
>("createPlanV2FromExecutionPlan", FROM);
/** As `createPlanV2FromExecutionPlan`, with a publisher in the place of a folder. */
export const originalPublishPlanV2 = asyncFunction<
  (executionPlanDir: string, publisher: PlanV2ArtifactPublisher) => Promise<PlanV2Manifest>
>("publishPlanV2FromExecutionPlan", FROM);
/** Writes those files of a plan that one chunk, or the joining, needs into a folder. */
export const originalMaterialize = syncFunction<
  (
    planV2Dir: string,
    target: PlanV2MaterializationTarget,
    destinationDir: string,
  ) => PlanV2MaterializationResult
>("materializePlanV2Target", FROM);
/**
 * Checks a folder that `materializePlanV2Target` wrote; null if it has no mark of one.
 */
export const originalValidateTarget = syncFunction<
  (planDir: string, expectedTarget: PlanV2MaterializationTarget) => Readonly<PlanV2Manifest> | null
>("validatePlanV2MaterializedTarget", FROM);
