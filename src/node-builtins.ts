/**
 * Native functions of Node and Bun, for faster versions of what JavaScript can do on every runtime. Each is `undefined` on a
 * runtime without it, where an import of the module would fail.
 */

const builtin = typeof process === 'undefined' ? undefined : process.getBuiltinModule

/** Hashes synchronously. */
export const nodeHash = builtin?.('node:crypto')?.hash

export const nodeCrc32 = builtin?.('node:zlib')?.crc32
