/** The entry `@hyperframes/producer-native/server`: what `@hyperframes/producer/server` exports. */
export * from "./exports/server.js";
export type * from "./exports/server-types.js";
