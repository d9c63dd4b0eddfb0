/** The listeners to compare on this runtime. */
import process from 'node:process'
import { frontListenerOfNode, frontServerOfNode } from './fronts.ts'
import { handedOver, type Listener, nodeHttp, nodeHttpWithFront } from './listener.ts'

const isBun = process.versions.bun !== undefined

/** The listeners of `hitrate/node`. On Bun the front is for `Bun.serve`, so `frontListener` has no use there. */
export const tested: readonly Listener[] = isBun
  ? [frontServerOfNode(false), frontServerOfNode(true)]
  : [frontServerOfNode(false), frontServerOfNode(true), frontListenerOfNode]

/**
 * The servers of which one must do the same. On Bun, node:http reads a connection that is given to it with another parser than
 * those that it accepts itself, and that parser is more lenient than `Bun.serve`, too. `frontServer` must not change its responses:
 *
 * - It serves HTTP/0.9 and HTTP/2.0, two spaces or a bare line end in the first line, and a block of 500 fields.
 * - It answers `OPTIONS *` and a request without `Host` by a 400 that keeps the connection open.
 */
export const references: readonly Listener[] = isBun ? [handedOver] : [handedOver, nodeHttpWithFront]

/** The servers that close a connection without a complete request. */
export const closingStalled: readonly Listener[] = [nodeHttp, ...tested]
