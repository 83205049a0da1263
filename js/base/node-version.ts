/** The Node that runs, and the one that the HyperFrames CLI needs. */

/** First major version of Node with which the HyperFrames CLI runs. */
export const CLI_NODE_MAJOR = 22;

/** Whether this Node can run the HyperFrames CLI. */
export const runsCli = (): boolean => Number(process.versions.node.split(".")[0]) >= CLI_NODE_MAJOR;
