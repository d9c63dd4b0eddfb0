/** Remembers which header blocks are plain. Most clients send the same block with each request, so few blocks are parsed. */
import { createBoundedMap } from '../bounded-map.ts'
import { hostOfPlainBlock } from './header-block.ts'

export interface KnownBlocks {
  /** Number of remembered blocks. */
  readonly size: number
  /** As {@link hostOfPlainBlock}. */
  hostOf(block: string): string | undefined
}

/**
 * Creates an empty memory. One is enough for all connections of a server. Clients choose the blocks, so it is bounded.
 *
 * @param limits number of blocks, and of their characters together. Default: 512 blocks, 262,144 characters.
 */
export function createKnownBlocks({ maxBlocks = 512, maxLength = 256 * 1024 } = {}): KnownBlocks {
  const hosts = createBoundedMap<string>({ maxLength, maxEntries: maxBlocks })
  return {
    get size() {
      return hosts.size
    },
    hostOf(block) {
      const known = hosts.get(block)
      if (known !== undefined) return known
      const host = hostOfPlainBlock(block)
      // A block that is not plain is not remembered, because its connection is handed over.
      if (host !== undefined) hosts.set(block, host)
      return host
    },
  }
}
