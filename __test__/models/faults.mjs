/**
 * Faults that the models must find, each put into a copy of the sources by `npm run models -- --faults`.
 *
 * @typedef {object} Fault
 * @property {string} what
 * @property {string} file
 * @property {string} right a text that occurs once there
 * @property {string} wrong what stands in its place
 * @property {string} model the test file that must fail
 */

/** @type {Fault[]} */
export const FAULTS = [
  {
    what: "fence: a waiter reads the state before it listens for a change",
    file: "src/encode/fence.rs",
    right: "            moved.await;",
    wrong: "            self.moved.notified().await;",
    model: "fence",
  },
  {
    what: "fence: who takes a frame tells nobody",
    file: "src/encode/fence.rs",
    right: "            .await;\n        self.moved.notify_waiters();\n        taken",
    wrong: "            .await;\n        taken",
    model: "fence",
  },
  {
    what: "fence: one frame too many is admitted",
    file: "src/encode/fence.rs",
    right: "index < state.next + self.window",
    wrong: "index <= state.next + self.window",
    model: "fence",
  },
  {
    what: "fence: a frame that has left is kept once more",
    file: "src/encode/fence.rs",
    right: "index >= state.next && index < self.end",
    wrong: "index < self.end",
    model: "fence",
  },
  {
    what: "assembly: a failure does not close the ring",
    file: "src/assemble/assembler.rs",
    right: "        self.ring.close();\n        self.stop.cancel();\n        self.taker.abort();",
    wrong: "        self.taker.abort();",
    model: "assembler",
  },
  {
    what: "assembly: a failure does not reach the fence",
    file: "src/assemble/assembler.rs",
    right: "        self.taker.abort();\n",
    wrong: "",
    model: "assembler",
  },
  {
    what: "assembly: a place in the ring is free before its frame is made",
    file: "src/assemble/assembler.rs",
    right:
      "                let made = job.make(index, captures).await;\n                drop(slot);",
    wrong:
      "                drop(slot);\n                let made = job.make(index, captures).await;",
    model: "assembler",
  },
  {
    what: "ledger: who leaves admits nobody",
    file: "src/machine/account.rs",
    right: "        state.waiting.remove(job);\n        state.admit();",
    wrong: "        state.waiting.remove(job);",
    model: "ledger",
  },
  {
    what: "ledger: memory that is given back admits nobody",
    file: "src/machine/account.rs",
    right: "        state.books.hold_at_most(*job, mib);\n        state.admit();",
    wrong: "        state.books.hold_at_most(*job, mib);",
    model: "ledger",
  },
  {
    what: "ledger: open compositions do not hear of who waits",
    file: "src/machine/ledger.rs",
    right: "        self.tell();\n",
    wrong: "",
    model: "ledger",
  },
  {
    what: "streams: a request reads on by itself, and leaves the pipe where it is dropped",
    file: "src/video/stream.rs",
    right:
      "        let reading = tokio::spawn(async move { stream.read_to(number).await });\n        reading.await.unwrap_or_else(|failure| {",
    wrong:
      "        let reading = Ok::<_, String>(stream.read_to(number).await);\n        reading.unwrap_or_else(|failure| {",
    model: "streams",
  },
  {
    what: "streams: the end of the job is not heard while a decoder is read",
    file: "src/video/stream.rs",
    right: "            () = self.share.stop.cancelled() => Err(MediaError::Stopped),\n",
    wrong: "            () = std::future::pending() => Err(MediaError::Stopped),\n",
    model: "streams",
  },
  {
    what: "streams: a broken decoder is started again",
    file: "src/video/stream.rs",
    right: "if !matches!(error, MediaError::Stopped) {",
    wrong: "if false {",
    model: "streams",
  },
  {
    what: "streams: a decoder reads without a turn",
    file: "src/video/stream.rs",
    right: "        let _turn = self.share.turn().await;\n",
    wrong: "",
    model: "streams",
  },
];
