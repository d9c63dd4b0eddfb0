/** `cache.stats().bytes` beside the heap of this runtime. `npm run bench:memory` measures all kinds and sizes. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import process from 'node:process'
import { it } from 'node:test'
import { promisify } from 'node:util'
import type { MeasuredHeap } from '../../support/heap/measured-heap.ts'

const program = join(import.meta.dirname, '../../support/heap/measured-heap.ts')

for (const kind of ['user of 6 fields', 'tags']) {
  it(`the bytes of 3,000 entries are those of the heap: ${kind}`, { timeout: 60_000 }, async () => {
    const gc = process.versions.bun === undefined ? ['--expose-gc'] : []
    const { stdout } = await promisify(execFile)(process.execPath, [...gc, program, kind, '3000', '9000'])
    const { counted, real }: MeasuredHeap = JSON.parse(stdout)
    assert.equal(counted / real > 0.9 && counted / real < 1.2, true, stdout)
  })
}
