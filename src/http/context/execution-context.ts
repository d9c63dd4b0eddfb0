/** Access to the execution context of runtimes that have one (Workers). */
import type { Context, ExecutionContext } from 'hono'

/** The execution context; `undefined` on Node and Bun, where Hono's getter throws. */
export function executionContext(c: Context): ExecutionContext | undefined {
  try {
    return c.executionCtx
  } catch {
    return undefined
  }
}

/** Keeps a Workers request alive until `work` settles. Does nothing on Node and Bun, where the process outlives the request. */
export function waitUntil(c: Context, work: Promise<unknown>): void {
  executionContext(c)?.waitUntil(work)
}
