/** Every cell of the fault matrix: what happens, in which stage, and how the render has to end. */
import { NODE_CELLS } from "./cells/node.mjs";
import { PAGE_CELLS } from "./cells/pages.mjs";
import { PROCESS_CELLS } from "./cells/processes.mjs";
import { RESOURCE_CELLS } from "./cells/resources.mjs";

export const CELLS = [...PROCESS_CELLS, ...NODE_CELLS, ...RESOURCE_CELLS, ...PAGE_CELLS];
