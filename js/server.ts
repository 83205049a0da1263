/**
 * The entry `@hyperframes/producer-native/server`: what `@hyperframes/producer/server` exports.
 *
 * @packageDocumentation
 */
export * from "./exports/server.js";
export type * from "./exports/server-types.js";
export type { ServerOptions } from "./service/settings.js";
export { type ProducerServer, startServer } from "./service/start.js";
