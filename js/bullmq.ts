/**
 * The entry `@hyperframes/producer-native/bullmq`: renders in chunks on several machines.
 *
 * @packageDocumentation
 */

export type { FleetOptions, FleetRender, RenderResult } from "./fleet/options.js";
export { FleetQueue, type FleetQueueOptions, type FleetStatus } from "./fleet/queue.js";
export { FleetWorker, type FleetWorkerOptions } from "./fleet/worker.js";
