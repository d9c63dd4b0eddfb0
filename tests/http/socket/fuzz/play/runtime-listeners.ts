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
 * those that it accepts itself: it answers a request with two spaces in its first line, one without `Host`, one over HTTP/0.9,
 * `OPTIONS *` and a block of 500 fields. `frontServer` must not change the responses of that parser.
 */
export const references: readonly Listener[] = isBun ? [handedOver] : [handedOver, nodeHttpWithFront]

/**
 * The servers that close a connection without a complete request. On Bun, node:http applies its timeouts only to connections that
 * it accepts itself, so a stalled connection stays open there once `frontServer` has handed it over.
 */
export const closingStalled: readonly Listener[] = isBun ? [nodeHttp] : [nodeHttp, ...tested]
