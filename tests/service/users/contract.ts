/** The contract of a user repository: one suite that runs against each implementation. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { UserExistsError, type UserRepository } from '../../../src/service/users/repository.ts'
import { demoUsers, type User } from '../../../src/service/users/user.ts'

/** @param open returns a repository with the three demo users only; called once per test */
export function describeRepository(name: string, open: () => Promise<UserRepository> | UserRepository): void {
  describe(`${name} fulfils the contract of a repository`, () => {
    let users: UserRepository

    beforeEach(async () => {
      users = await open()
    })

    afterEach(async () => {
      await users.close()
    })

    describe('find', () => {
      it('returns the user with this id', async () => {
        assert.deepEqual(await users.find('user_002'), demoUsers[1])
      })

      it('returns undefined for an unknown id', async () => {
        assert.equal(await users.find('user_999'), undefined)
      })

      it('distinguishes ids by case and by every character', async () => {
        assert.equal(await users.find('USER_002'), undefined)
        assert.equal(await users.find('user-002'), undefined)
        assert.equal(await users.find('user%002'), undefined)
        assert.equal(await users.find('user_00'), undefined)
        assert.equal(await users.find(''), undefined)
      })

      it('does not convert an id to a number', async () => {
        await users.create(someone('007'))
        assert.equal(await users.find('7'), undefined)
        assert.deepEqual(await users.findMany(['7', '007', '7.0']), [someone('007')])
      })
    })

    describe('findMany', () => {
      it('returns the existing users in ascending order of id, without duplicates', async () => {
        const found = await users.findMany(['user_003', 'unknown', 'user_001', 'user_003'])
        assert.deepEqual(found, [demoUsers[0], demoUsers[2]])
      })

      it('returns an empty list for no ids and for unknown ids', async () => {
        assert.deepEqual(await users.findMany([]), [])
        assert.deepEqual(await users.findMany(['unknown', 'missing']), [])
      })

      it('treats - and _ in ids literally', async () => {
        await createAll(users, ['a-b', 'a_b', 'aXb', '-', '_'])
        assert.deepEqual(ids(await users.findMany(['_', 'a_b', '-', 'a-b'])), ['-', '_', 'a-b', 'a_b'])
      })

      it('accepts 100 ids of 64 characters', async () => {
        const hundred = Array.from({ length: 100 }, (_, i) => `${i}`.padStart(64, 'x'))
        await createAll(users, hundred)
        const found = await users.findMany(hundred.toReversed())
        assert.deepEqual(ids(found), hundred.toSorted())
      })

      it('treats invalid ids as plain text', async () => {
        assert.deepEqual(await users.findMany([`user_001"]`, `') OR 1=1 --`, '%', '[]']), [])
      })
    })

    describe('page', () => {
      it('returns at most limit users in ascending order of id', async () => {
        assert.deepEqual(await users.page(2), demoUsers.slice(0, 2))
        assert.deepEqual(await users.page(100), demoUsers)
        assert.deepEqual(await users.page(0), [])
      })

      it('starts after the cursor, even if no user has that id', async () => {
        assert.deepEqual(await users.page(1, 'user_001'), [demoUsers[1]])
        assert.deepEqual(await users.page(10, 'user_0019'), demoUsers.slice(1))
      })

      it('is empty past the end', async () => {
        assert.deepEqual(await users.page(10, 'user_003'), [])
        assert.deepEqual(await users.page(10, 'zzz'), [])
      })

      it('orders ids by their bytes: - before digits before capitals before _ before small letters', async () => {
        await createAll(users, ['a', 'B', '_', '-', '9', '10', 'b', 'A', 'aa', 'a-', 'a_'])
        const inOrder = ['-', '10', '9', 'A', 'B', '_', 'a', 'a-', 'a_', 'aa', 'b', ...ids(demoUsers)]
        assert.deepEqual(ids(await users.page(100)), inOrder)
        assert.deepEqual(ids(await users.page(3, 'B')), ['_', 'a', 'a-'])
      })

      it('returns every user once over all pages', async () => {
        await createAll(users, ['m', 'Z', '_x', 'zz'])
        const walked: string[] = []
        for (let pages = 0; pages < 4; pages++) walked.push(...ids(await users.page(2, walked.at(-1))))
        assert.deepEqual(walked, ['Z', '_x', 'm', ...ids(demoUsers), 'zz'])
      })

      it('includes a created user', async () => {
        await users.page(10)
        await users.create(someone('user_0015'))
        assert.deepEqual(ids(await users.page(2)), ['user_001', 'user_0015'])
      })

      it('excludes a removed user', async () => {
        await users.page(10)
        await users.remove('user_001')
        assert.deepEqual(ids(await users.page(2)), ['user_002', 'user_003'])
      })
    })

    describe('count', () => {
      it('changes with creates and removes', async () => {
        assert.equal(await users.count(), 3)
        await users.create(someone('new'))
        assert.equal(await users.count(), 4)
        await users.remove('new')
        await users.remove('user_001')
        assert.equal(await users.count(), 2)
      })
    })

    describe('create', () => {
      it('stores the user and returns it', async () => {
        assert.deepEqual(await users.create(someone('new')), someone('new'))
        assert.deepEqual(await users.find('new'), someone('new'))
      })

      it('refuses an id that is taken, and changes nothing', async () => {
        await assert.rejects(users.create(someone('user_001')), isUserExists('user_001'))
        assert.deepEqual(await users.page(10), demoUsers)
      })

      it('lets one of two concurrent creates succeed', async () => {
        const twice = [users.create(someone('new')), users.create(someone('new'))]
        const outcomes = (await Promise.allSettled(twice)).map((result) => result.status)
        assert.deepEqual(outcomes.toSorted(), ['fulfilled', 'rejected'])
        assert.equal(await users.count(), 4)
      })

      it('accepts two users with the same name and address', async () => {
        await users.create({ ...someone('one'), email: 'same@example.com' })
        await users.create({ ...someone('two'), email: 'same@example.com' })
        assert.equal(await users.count(), 5)
      })

      it('accepts the id of a removed user', async () => {
        await users.remove('user_001')
        await users.create(someone('user_001'))
        assert.deepEqual(await users.find('user_001'), someone('user_001'))
      })
    })

    describe('update', () => {
      const change = { name: 'Alice Smith', email: 'smith@example.com' }

      it('changes this user only, and returns it', async () => {
        assert.deepEqual(await users.update('user_001', change), { id: 'user_001', ...change })
        assert.deepEqual(await users.page(10), [{ id: 'user_001', ...change }, ...demoUsers.slice(1)])
      })

      it('returns the user also when nothing changes', async () => {
        const { id, ...same } = someone('same')
        await users.create(someone('same'))
        assert.deepEqual(await users.update(id, same), someone('same'))
      })

      it('returns undefined for an unknown id, and creates no user', async () => {
        assert.equal(await users.update('unknown', change), undefined)
        assert.deepEqual(await users.page(10), demoUsers)
      })
    })

    describe('remove', () => {
      it('returns whether the user existed', async () => {
        assert.equal(await users.remove('user_001'), true)
        assert.equal(await users.remove('user_001'), false)
        assert.equal(await users.find('user_001'), undefined)
        assert.deepEqual(await users.page(10), demoUsers.slice(1))
      })
    })

    describe('texts', () => {
      const names = [
        '👩‍👩‍👧 Zoë Ångström 王小明',
        `O'Brien "the \\ quote" \`tick\``,
        `'); DROP TABLE users; --`,
        '%_?1 $name :name @name',
        'null',
        '12',
        ' padded ',
        'e\u0301 is not \u00e9',
        'x'.repeat(200),
      ]
      for (const [index, name] of names.entries()) {
        it(`are stored unchanged: ${name.slice(0, 40)}`, async () => {
          const stored = { id: `text-${index}`, name, email: "o'hara+tag@example.com" }
          await users.create(stored)
          assert.deepEqual(await users.find(stored.id), stored)
          assert.deepEqual(await users.findMany([stored.id]), [stored])
          await users.update('user_001', { name, email: stored.email })
          assert.deepEqual(await users.find('user_001'), { ...stored, id: 'user_001' })
          assert.equal(await users.count(), 4)
        })
      }
    })

    describe('the returned users', () => {
      it('are plain objects with an id, a name and an email', async () => {
        const change = { name: 'B', email: 'b@example.com' }
        const returned = [
          await users.find('user_001'),
          ...(await users.findMany(['user_002'])),
          ...(await users.page(1)),
          await users.create(someone('new')),
          await users.update('user_001', change),
        ]
        assert.equal(returned.length, 5)
        for (const user of returned) {
          assert.ok(user)
          assert.equal(Object.getPrototypeOf(user), Object.prototype)
          assert.deepEqual(Object.keys(user), ['id', 'name', 'email'])
        }
      })

      it('are copies: a change to one does not reach the database', async () => {
        const mine = someone('new')
        const created = await users.create(mine)
        mine.name = 'changed'
        created.name = 'changed'
        const change = { name: 'Bob', email: 'bob@example.com' }
        const updated = await users.update('user_002', change)
        assert.ok(updated)
        change.name = 'changed'
        updated.name = 'changed'
        const found = await users.find('user_001')
        for (const user of [
          found,
          ...(await users.findMany(['user_001', 'new'])),
          ...(await users.page(10)),
        ]) {
          assert.ok(user)
          user.name = 'changed'
        }

        assert.deepEqual(await users.page(10), [
          someone('new'),
          demoUsers[0],
          { id: 'user_002', name: 'Bob', email: 'bob@example.com' },
          demoUsers[2],
        ])
        assert.deepEqual(await users.find('new'), someone('new'))
      })
    })

    it('answers a ping, even without users', async () => {
      await users.ping()
      for (const { id } of demoUsers) await users.remove(id)
      await users.ping()
    })

    it('can be closed twice', async () => {
      await users.close()
      await users.close()
    })
  })
}

function someone(id: string): User {
  return { id, name: `Someone called ${id}`, email: 'someone@example.com' }
}

async function createAll(users: UserRepository, newIds: readonly string[]): Promise<void> {
  for (const id of newIds) await users.create(someone(id))
}

function ids(users: readonly User[]): string[] {
  return users.map((user) => user.id)
}

function isUserExists(id: string): (error: unknown) => boolean {
  return (error) => error instanceof UserExistsError && error.id === id
}
