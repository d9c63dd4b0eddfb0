/**
 * Native functions of Node and Bun. They replace slower code that runs everywhere. Each is `undefined` on a runtime that lacks
 * the function. The modules are not imported, because an import fails where a module is missing.
 */

const builtin = typeof process === 'undefined' ? undefined : process.getBuiltinModule

/** The parts of Bun that are used here; `undefined` elsewhere. */
const bun = (globalThis as { Bun?: BunBuiltins }).Bun

/** True on Bun, which has the modules of Node too. */
export const isBun = typeof process !== 'undefined' && process.versions.bun !== undefined

/** Hashes synchronously, as `hash` of `node:crypto`. Bun takes 12 ms to load that module, and has the same function. */
export const nodeHash: Hash | undefined = bun?.CryptoHasher.hash ?? builtin?.('node:crypto')?.hash

/** Counts the bytes of a text in UTF-8 without encoding it. */
export const nodeByteLength = builtin?.('node:buffer')?.Buffer.byteLength

/** As `crc32` of `node:zlib`, which Bun takes 10 ms to load. */
export const nodeCrc32: ((bytes: Uint8Array) => number) | undefined =
  bun?.hash.crc32 ?? builtin?.('node:zlib')?.crc32

/** Describes a value as text. Only on Bun. */
export const bunInspect = bun?.inspect

/** The value of a promise that is settled already; otherwise the promise. Only on Bun. */
export const bunPeek = bun?.peek

const AsyncLocalStorage = builtin?.('node:async_hooks')?.AsyncLocalStorage

/**
 * A value that belongs to running code, also after an `await`. `undefined` where its first use would slow down every promise of
 * the process: Node before version 24 implements it with hooks, in the method `_enable`. Bun has the method for compatibility.
 */
export const AsyncContext =
  AsyncLocalStorage !== undefined && (isBun || !('_enable' in AsyncLocalStorage.prototype))
    ? AsyncLocalStorage
    : undefined

type Hash = (algorithm: 'sha256', data: string | Uint8Array, encoding: 'hex' | 'base64url') => string

interface BunBuiltins {
  CryptoHasher: { hash: Hash }
  hash: { crc32: (bytes: Uint8Array) => number }
  inspect: (value: unknown) => string
  peek: (promise: Promise<unknown>) => unknown
}
