import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isControl } from '../../../src/dashboard/controls/control.ts'

describe('isControl', () => {
  const control = { label: 'Break', description: 'Breaks it.', action: async () => 'Broken.' }

  it('is true for the members of a control', () => {
    assert.equal(isControl(control), true)
    assert.equal(isControl({ ...control, isOn: () => false }), true)
  })

  for (const [what, value] of [
    ['undefined', undefined],
    ['a text', 'Break'],
    ['a control without an action', { ...control, action: undefined }],
    ['a control without a label', { ...control, label: 1 }],
    ['a control without a description', { ...control, description: undefined }],
    ['a control whose isOn is no function', { ...control, isOn: true }],
  ] as const)
    it(`is false for ${what}`, () => assert.equal(isControl(value), false))
})
