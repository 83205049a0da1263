/** The environment as this package found it. A CLI changes its own later. */
export const START_ENVIRONMENT: Readonly<NodeJS.ProcessEnv> = { ...process.env };
