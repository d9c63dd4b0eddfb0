/** What a runtime lends to a request beside its answer, where it has such a thing. */
import type { Context, ExecutionContext } from 'hono'

/** Nothing on Node and Bun: Hono's getter throws there. */
export function executionContext(c: Context): ExecutionContext | undefined {
  try {
    return c.executionCtx
  } catch {
    return undefined
  }
}

/** Keeps the runtime alive for what goes on after the answer; where it has no way to, the process stays alive by itself. */
export function waitUntil(c: Context, work: Promise<unknown>): void {
  executionContext(c)?.waitUntil(work)
}
