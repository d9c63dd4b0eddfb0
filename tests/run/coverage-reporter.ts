/** A reporter for Node's test runner: per file of src/ the coverage, least covered first, and the lines that no test reaches. */
import { relative } from 'node:path'
import type { TestEvent } from 'node:test/reporters'
import { root } from './test-files.ts'

export default async function* coverage(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const { type, data } of events) {
    if (type !== 'test:coverage') continue
    const { files, totals } = data.summary
    const sorted = files.toSorted((a, b) => a.coveredLinePercent - b.coveredLinePercent)
    yield '\nlines  branches\n'
    for (const file of sorted) {
      const missed = ranges(file.lines.filter(({ count }) => count === 0).map(({ line }) => line))
      yield `${percents(file)}  ${relative(root, file.path)}  ${missed}\n`
    }
    yield `${percents(totals)}  all files\n`
  }
}

interface Percents {
  coveredLinePercent: number
  coveredBranchPercent: number
}

function percents({ coveredLinePercent, coveredBranchPercent }: Percents): string {
  return `${coveredLinePercent.toFixed(1).padStart(5)}  ${coveredBranchPercent.toFixed(1).padStart(8)}`
}

/** [1, 2, 3, 7] as "1-3 7". */
function ranges(lines: readonly number[]): string {
  const starts = lines.filter((line) => !lines.includes(line - 1))
  const ends = lines.filter((line) => !lines.includes(line + 1))
  return starts.map((start, i) => (ends[i] === start ? `${start}` : `${start}-${ends[i]}`)).join(' ')
}
