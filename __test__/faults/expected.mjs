/** How a render under a fault may end. */

/**
 * @typedef {object} Expected
 * @property {"file" | "error" | "cancelled" | "signal"} kind
 * @property {string} [code] of an error; those of HyperFrames' own compile stage have none
 * @property {RegExp} [message] of an error: it names the cause
 */

/** The whole file, with the pictures of a render that nothing happened to. @type {Expected} */
export const FILE = { kind: "file" };
/** The error that tells a caller who cancelled. @type {Expected} */
export const CANCELLED = { kind: "cancelled" };
/** The process ends by the signal that it got. @type {Expected} */
export const BY_SIGNAL = { kind: "signal" };

/**
 * One error.
 *
 * @param {string} code
 * @param {RegExp} message
 * @returns {Expected}
 */
export const error = (code, message) => ({ kind: "error", code: `HF_NATIVE_${code}`, message });

/**
 * An error of HyperFrames' own compile stage, which callers get as it is.
 *
 * @param {RegExp} message
 * @returns {Expected}
 */
export const compileError = (message) => ({ kind: "error", message });
