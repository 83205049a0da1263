/**
 * The entry `@hyperframes/producer-native/distributed`: what `@hyperframes/producer/distributed`
 * exports.
 *
 * @packageDocumentation
 */

export type * from "./chunks/distributed-types.js";
export * from "./exports/distributed.js";
