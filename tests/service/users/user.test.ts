import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { demoUsers, user, userChange, userId } from '../../../src/service/users/user.ts'

const ann = { id: 'ann', name: 'Ann', email: 'ann@example.com' }
const isValid = (value: unknown) => user.safeParse(value).success

describe('the schema of a user', () => {
  it('a user has exactly id, name and email', () => {
    assert.deepEqual(user.parse(ann), ann)
    assert.equal(isValid({ ...ann, role: 'admin' }), false)
    for (const field of ['id', 'name', 'email'])
      assert.equal(isValid({ ...ann, [field]: undefined }), false, field)
  })

  it('an id has 1 to 64 characters that are safe in a path, a key, a tag and a list', () => {
    for (const id of ['a', 'user_001', 'A-9', 'x'.repeat(64)])
      assert.equal(userId.safeParse(id).success, true, id)
    for (const id of ['', 'x'.repeat(65), 'a b', 'a,b', 'a/b', 'a:b', 'ä', 'a\n', '..']) {
      assert.equal(userId.safeParse(id).success, false, id)
    }
  })

  it('a name is trimmed, and has 1 to 200 characters without control characters and lone surrogates', () => {
    assert.equal(user.parse({ ...ann, name: '  Ann  ' }).name, 'Ann')
    for (const name of ['ü', '名前', '😀', 'x'.repeat(200)])
      assert.equal(isValid({ ...ann, name }), true, name)
    for (const name of ['', '   ', 'x'.repeat(201), 'a\u0000b', 'a\nb', '\ud800']) {
      assert.equal(isValid({ ...ann, name }), false, JSON.stringify(name))
    }
  })

  it('an email is an address of at most 254 characters', () => {
    for (const email of ['', 'ann', 'ann@', '@example.com', `${'x'.repeat(250)}@a.de`]) {
      assert.equal(isValid({ ...ann, email }), false, email)
    }
  })

  it('a change has no id', () => {
    const { id: _, ...change } = ann
    assert.deepEqual(userChange.parse(change), change)
    assert.equal(userChange.safeParse(ann).success, false)
  })

  it('the demo users are valid', () => {
    for (const demo of demoUsers) assert.deepEqual(user.parse(demo), demo)
  })
})
