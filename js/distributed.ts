/**
 * The entry `@hyperframes/producer-native/distributed`: what `@hyperframes/producer/distributed`
 * exports.
 */
export * from "./exports/distributed.js";
export type * from "./exports/distributed-types.js";
