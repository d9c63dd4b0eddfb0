/** Remembers which header blocks are plain. Most clients send the same block with each request, so few blocks are parsed. */
import { createBoundedMap } from '../bounded-map.ts'
import { type HeaderValues, valuesOf } from '../front/hit-headers.ts'
import { fieldsOfBlock, hostOfPlainBlock } from './header-block.ts'

export interface PlainBlock {
  host: string
  /** Values of the headers that the front reads; `undefined` if none of them is there. */
  received: HeaderValues | undefined
}

export interface KnownBlocks {
  /** Number of remembered blocks. */
  readonly size: number
  /** The facts of a plain block; `undefined` for any other block: see {@link hostOfPlainBlock}. */
  find(block: string): PlainBlock | undefined
}

/**
 * Creates an empty memory. One is enough for all connections of a server. Clients choose the blocks, so it is bounded.
 *
 * @param reads names of the request headers that the front reads. Default: none.
 * @param limits number of blocks, and of their characters together. Default: 512 blocks, 262,144 characters.
 */
export function createKnownBlocks(
  reads: readonly string[] = [],
  { maxBlocks = 512, maxLength = 256 * 1024 } = {},
): KnownBlocks {
  const blocks = createBoundedMap<PlainBlock>({ maxLength, maxEntries: maxBlocks })

  function receivedIn(block: string): HeaderValues | undefined {
    if (reads.length === 0) return undefined
    const values = valuesOf(reads, fieldsOfBlock(block))
    return values.some((value) => value !== undefined) ? values : undefined
  }

  return {
    get size() {
      return blocks.size
    },
    find(block) {
      const known = blocks.get(block)
      if (known !== undefined) return known
      const host = hostOfPlainBlock(block)
      // A block that is not plain is not remembered, because its connection is handed over.
      if (host === undefined) return undefined
      const found = { host, received: receivedIn(block) }
      // Headers that the front reads, such as ids, differ in each request: such blocks would push the others out.
      if (found.received === undefined) blocks.set(block, found)
      return found
    },
  }
}
