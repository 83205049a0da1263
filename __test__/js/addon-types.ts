/**
 * The addon's exports as napi declares them have to fit those that JavaScript uses. Compiled by
 * `addon.test.mjs`, never run.
 */
import type { NativeBinding } from "../../dist/wire/binding.js";
import type * as addon from "../../native/index.js";

export const binding = (exports: typeof addon): NativeBinding => exports;
