/** Error of a read without a result after its `hardTimeoutMs`, if no stale entry could be served instead. */
export class DeadlineError extends Error {
  override name = 'DeadlineError'
  /** The name of the cache. */
  readonly cache: string
  /** The `hardTimeoutMs` of the read. */
  readonly deadlineMs: number

  constructor(cache: string, deadlineMs: number) {
    super(`cache ${cache}: no answer within ${deadlineMs} ms`)
    this.cache = cache
    this.deadlineMs = deadlineMs
  }
}
