/**
 * Options for tests that take long and of which quicker ones cover most. `npm test -- --whole`
 * runs them too.
 */
export const WHOLE_ONLY = {
  skip: process.env.HF_TEST_WHOLE === "1" ? false : "only with npm test -- --whole",
};
