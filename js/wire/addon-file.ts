/**
 * The file of the addon, looked at before it is loaded: the loader of Linux ends the process with
 * SIGBUS at a file that was cut off, and calls one for another processor "No such file".
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { createRequire } from "node:module";

/** Bytes of the header of a 64-bit ELF file. */
const HEADER_BYTES = 64;
/** `e_machine` and Node's name of the processor. */
const PROCESSORS = new Map([
  [0x3e, "x64"],
  [0xb7, "arm64"],
  [0x03, "ia32"],
  [0x28, "arm"],
]);
const STEM = "producer-native.linux";
const PACKAGE = "@hyperframes/producer-native-linux";

/**
 * The file that the generated loader tries first on this machine, if there is one.
 *
 * @param loader path of `native/index.cjs`
 */
export function addonFile(loader: string): string | undefined {
  if (process.platform !== "linux") return undefined;
  const { resolve } = createRequire(loader);
  const named = process.env.NAPI_RS_NATIVE_LIBRARY_PATH;
  const requests = ["gnu", "musl"].flatMap((libc) => [
    `./${STEM}-${process.arch}-${libc}.node`,
    `${PACKAGE}-${process.arch}-${libc}`,
  ]);
  for (const request of named ? [named] : requests) {
    try {
      const path = resolve(request);
      if (path.endsWith(".node")) return path;
    } catch {
      // It is not there.
    }
  }
  return undefined;
}

/**
 * Why Linux could not load a file on a processor.
 *
 * @param arch as in `process.arch`
 * @returns undefined when its header says nothing against it, which is not to say that it can be loaded
 */
export function fileProblem(path: string, arch: string = process.arch): string | undefined {
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    const header = Buffer.alloc(HEADER_BYTES);
    const length = readSync(file, header, 0, HEADER_BYTES, 0);
    if (length < HEADER_BYTES) return `${path}: file too short (${size} bytes)`;
    if (header.readUInt32BE(0) !== 0x7f454c46) {
      return `${path}: invalid ELF header (it is not a library of Linux)`;
    }
    const madeFor = PROCESSORS.get(header.readUInt16LE(18)) ?? "another processor";
    if (madeFor !== arch) return `${path}: it is for ${madeFor}, and this Node is for ${arch}`;
    const whole = bytesOfElf(header);
    if (size < whole) return `${path}: file too short (${size} of ${whole} bytes)`;
    return undefined;
  } finally {
    closeSync(file);
  }
}

/** Bytes of the whole file: linkers write the table of sections last. */
function bytesOfElf(header: Buffer): number {
  const tableAt = Number(header.readBigUInt64LE(0x28));
  return tableAt + header.readUInt16LE(0x3a) * header.readUInt16LE(0x3c);
}
