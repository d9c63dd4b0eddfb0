/** Lists of existing users, requested without end, do not evict the users that are read by their ids. */
import assert from 'node:assert/strict'
import process from 'node:process'
import { describe, it } from 'node:test'
import * as library from '../../../../src/exports/index.ts'
import * as service from '../../../../src/exports/service.ts'
import { floods, runFlood } from '../../../support/list-floods.ts'

const isLong = process.env.HITRATE_FLOODS === 'all'
// With half of the foreign requests, lists that are entries of their own evict nothing yet.
const options = { rounds: 2, foreign: 80, seed: 18 }

/** For each change: the subsets of few users, and the pages of many. */
const few = floods.filter(({ name }) => /^\?ids= of 1 to 100 of 150 |^\?limit=.* of 5000 /.test(name))

describe(`a flood of lists, seed ${options.seed}`, () => {
  for (const flood of isLong ? floods : few) {
    it(`evicts no user that is read by its id: ${flood.name}, ${flood.maxBytes} bytes`, async () => {
      const { hits, reads, bytes } = await runFlood({ ...library, ...service }, flood, options)
      assert.ok(hits >= 0.95 * reads, `${hits} hits in ${reads} reads`)
      assert.ok(bytes <= flood.maxBytes)
    })
  }
})
