import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { declarationOf } from '../../../src/metrics/series/declaration.ts'
import {
  declaredAlready,
  declaredElsewhere,
  isSame,
} from '../../../src/metrics/series/declared-differently.ts'

const common = { name: 'requests_total', help: 'Requests.' }
const one = declarationOf('counter', { ...common, labels: { method: ['GET'] } })
const other = declarationOf('counter', { ...common, labels: { method: ['GET'], route: { max: 5 } } })

describe('isSame', () => {
  it('isSame compares the content of declarations', () => {
    assert.ok(isSame(one, declarationOf('counter', { ...common, labels: { method: ['GET'] } })))
    assert.ok(!isSame(one, other))
  })
})

describe('declaredAlready', () => {
  it('the error names what differs, and a difference that declarations do not contain', () => {
    const labels = 'labels [["method",["GET"]]], not [["method",["GET"]],["route",5]]'
    assert.equal(declaredAlready(one, other).message, `requests_total is declared already, with ${labels}`)
    const gauge = declarationOf('gauge', { ...common, help: 'R.' }, { threads: 'max' })
    assert.equal(
      declaredAlready(declarationOf('gauge', common), gauge, 'with value, not without').message,
      'requests_total is declared already, with value, not without; ' +
        'with help "Requests.", not "R."; with threads undefined, not "max"',
    )
    assert.equal(
      declaredAlready(one, gauge).message,
      'requests_total is declared already, with type counter, not gauge',
    )
    assert.equal(
      declaredElsewhere(one, other).message,
      `requests_total: another thread has declared it differently: ${labels}`,
    )
  })
})
