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

export const originalPlan = asyncFunction<
  (projectDir: string, config: DistributedRenderConfig, planDir: string) => Promise<PlanResult>
>("plan", FROM);
export const originalAssemble = asyncFunction<
  (
    planDir: string,
    chunkPaths: readonly string[],
    audioPath: string | null,
    outputPath: string,
    options?: AssembleOptions,
  ) => Promise<AssembleResult>
>("assemble", FROM);
export const originalRenderChunk = asyncFunction<
  (planDir: string, chunkIndex: number, outputChunkPath: string) => Promise<EffectiveChunkResult>
>("renderChunk", FROM);
export const originalReadPlanProtocolV1 = syncFunction<
  (
    planJson: unknown,
    capabilities?: Readonly<PlanProtocolConsumerCapabilities>,
  ) => Readonly<PlanProtocolV1Descriptor>
>("readPlanProtocolV1", FROM);
export const originalCreatePlanV2 = syncFunction<
  (executionPlanDir: string, planV2Dir: string) => PlanV2Result
>("createPlanV2FromExecutionPlan", FROM);
export const originalPublishPlanV2 = asyncFunction<
  (executionPlanDir: string, publisher: PlanV2ArtifactPublisher) => Promise<PlanV2Manifest>
>("publishPlanV2FromExecutionPlan", FROM);
export const originalMaterialize = syncFunction<
  (
    planV2Dir: string,
    target: PlanV2MaterializationTarget,
    destinationDir: string,
  ) => PlanV2MaterializationResult
>("materializePlanV2Target", FROM);
export const originalValidateTarget = syncFunction<
  (planDir: string, expectedTarget: PlanV2MaterializationTarget) => Readonly<PlanV2Manifest> | null
>("validatePlanV2MaterializedTarget", FROM);
