/** Counts the results of the public cache tests as cache-tests.fyi shows them. */

/** True, or the kind of the failure and what failed. */
export type Result = true | readonly [kind: string, message: string]

export interface Suite {
  tests: {
    id: string
    /** Default: `required`. */
    kind?: string
    depends_on?: string[]
    browser_only?: boolean
  }[]
}

type Test = Suite['tests'][number]

/** A count for each kind of test, then each required or optimal test that failed. */
export function summaryOf(suites: readonly Suite[], results: Readonly<Record<string, Result>>): string {
  const tests = suites.flatMap((suite) => suite.tests).filter((test) => test.browser_only !== true)
  const byId = new Map(tests.map((test) => [test.id, test]))
  const lines = ['required', 'optimal', 'check'].map((kind) => {
    const judged = tests.filter((test) => kindOf(test) === kind && isJudged(test, byId, results))
    const passed = judged.filter(({ id }) => results[id] === true).length
    const left = tests.filter((test) => kindOf(test) === kind).length - judged.length
    const word = kind === 'check' ? 'yes' : 'passed'
    return `${kind.padEnd(8)}  ${passed} of ${judged.length} ${word}${left === 0 ? '' : `, ${left} not judged`}`
  })
  const failures = tests.flatMap((test) => {
    const result = results[test.id]
    if (result === true || kindOf(test) === 'check' || !isJudged(test, byId, results)) return []
    return [`${kindOf(test).padEnd(8)}  ${test.id}: ${result?.[1] ?? 'not run'}`]
  })
  return [...lines, '', ...failures].join('\n').trimEnd()
}

function kindOf({ kind = 'required' }: Test): string {
  return kind
}

/** False if the setup failed, or a test that this one presumes: then the result says nothing. */
function isJudged(
  test: Test,
  byId: ReadonlyMap<string, Test>,
  results: Readonly<Record<string, Result>>,
): boolean {
  const result = results[test.id]
  if (result === undefined || (result !== true && result[0] === 'Setup')) return false
  return (test.depends_on ?? []).every((id) => {
    const other = byId.get(id)
    return results[id] === true && other !== undefined && isJudged(other, byId, results)
  })
}
