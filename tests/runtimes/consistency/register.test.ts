import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Register } from './register.ts'

/** A user that was created (1), changed (2), deleted (3) and created again (4). */
function register(answered: number): Register {
  const user = new Register('c')
  for (const exists of [true, true, false, true]) user.issue(exists)
  for (let version = 1; version <= answered; version++) user.answered(version)
  return user
}

describe('Register', () => {
  it('accepts the state of the last finished write, and those of writes under way', () => {
    const user = register(2)
    for (const shown of [2, 'absent', 4] as const)
      assert.equal(user.check(shown, { answered: 2, seen: 0 }), undefined)
  })

  it('refuses a state older than a finished write', () => {
    const user = register(2)
    assert.match(user.check(1, user.known()) ?? '', /c was 1, older than the finished write 2/)
    assert.match(
      register(4).check('absent', register(4).known()) ?? '',
      /absent, a state that it has not had since 4/,
    )
  })

  it('refuses a state older than one that a finished read has shown', () => {
    const user = register(1)
    const before = user.known()
    assert.equal(user.check('absent', before), undefined)
    assert.equal(user.check(2, before), undefined, 'this read began before the other ended')
    assert.match(user.check(2, user.known()) ?? '', /older than 3, which was seen before/)
  })

  it('refuses a state that no write has made, or that does not exist', () => {
    const user = register(1)
    assert.match(user.check(9, user.known()) ?? '', /was 9/)
    assert.match(user.check(3, user.known()) ?? '', /was 3/)
  })

  it('knows the states by their entity tags', () => {
    const user = register(0)
    assert.equal(user.ofEtag(user.etag(2)), 2)
    assert.equal(user.ofEtag(user.etag(3)), undefined, 'a deleted user has no representation')
    assert.equal(user.ofEtag(null), undefined)
  })
})
