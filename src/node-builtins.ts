/**
 * Native functions of Node and Bun. They replace slower code that runs everywhere. Each is `undefined` on a runtime that lacks
 * the function. The modules are not imported, because an import fails where a module is missing.
 */

const builtin = typeof process === 'undefined' ? undefined : process.getBuiltinModule

/** Hashes synchronously. */
export const nodeHash = builtin?.('node:crypto')?.hash

export const nodeCrc32 = builtin?.('node:zlib')?.crc32
