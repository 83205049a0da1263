/** A machine of a fleet: works until it is told to end. The argument: options of `FleetWorker`. */
import { FleetWorker } from "../../../dist/bullmq.js";

const worker = new FleetWorker(JSON.parse(process.argv[2]));
await worker.ready();
console.log("ready");
process.once("SIGTERM", async () => {
  await worker.close();
  process.exit(0);
});
