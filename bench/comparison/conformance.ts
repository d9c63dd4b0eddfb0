/** The RFC table of the tests, run through hitrate, hono/cache and ocache. */
import { chapters } from '../../tests/conformance/chapters.ts'
import { inProcess } from '../../tests/conformance/in-process.ts'
import type { OriginOptions } from '../../tests/conformance/origin.ts'
import type { Row } from '../../tests/conformance/row.ts'
import { type RowTarget, runRow } from '../../tests/conformance/run-row.ts'
import { httpCaches } from './http-caches.ts'

export interface Conformance {
  passed: number
  rows: number
  /** Rows in which a client got an older response where the table demands the handler's new one. */
  wronglyReused: string[]
  /** Rows that failed in another way: mostly responses that may be reused and were not. */
  others: string[]
}

/** Chapters about choices of hitrate, not about the RFCs. */
const OWN_CHAPTERS = ['Cache-Status', 'undeclared dependencies', 'transparency']

/** Rows for any cache: without options, own choices and fields of hitrate. */
export function commonRows(): Row[] {
  return Object.entries(chapters)
    .filter(([chapter]) => !OWN_CHAPTERS.includes(chapter))
    .flatMap(([, rows]) => rows)
    .filter((row) => row.options === undefined && !/own choice/.test(row.name))
    .filter((row) => !/hitrate/i.test(JSON.stringify(row.steps)))
    .map((row) => ({ ...row, steps: row.steps.map(withoutCacheStatus) }))
}

export async function conformanceOf(name: keyof typeof httpCaches): Promise<Conformance> {
  const result: Conformance = { passed: 0, rows: 0, wronglyReused: [], others: [] }
  const { around } = httpCaches[name]
  const realNow = Date.now
  for (const row of commonRows()) {
    result.rows++
    const options: OriginOptions = name === 'hitrate' ? {} : { cacheAround: around }
    const failure = await runRow(row, withCacheStatus(inProcess(options))).then(
      () => undefined,
      (error: Error) => error.message,
    )
    Date.now = realNow
    if (failure === undefined) result.passed++
    else if (isOlder(failure)) result.wronglyReused.push(row.name)
    else result.others.push(row.name)
  }
  return result
}

/** By default the body of a response is the number of its step. */
function isOlder(failure: string): boolean {
  const [, step] = /^step (\d+),/.exec(failure) ?? []
  const [, actual, expected] = /the body is "(\d+)", not "(\d+)"/.exec(failure) ?? []
  return expected === step && Number(actual) < Number(expected)
}

function withoutCacheStatus(step: Row['steps'][number]): Row['steps'][number] {
  const { cacheStatus: _, collapsed: __, ...expect } = step.expect
  return { ...step, expect }
}

/** Adds the field that the table demands of every response, and that other caches do not send. */
function withCacheStatus(target: RowTarget): RowTarget {
  return {
    ...target,
    async request(request) {
      const response = await target.request(request)
      const headers = new Map(response.headers)
      headers.set('cache-status', 'hitrate')
      return { ...response, headers }
    },
  }
}
