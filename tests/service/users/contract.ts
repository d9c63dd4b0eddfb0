/** The contract of a user repository: one suite that runs against each implementation. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import {
  type CompleteRepository,
  type StoredUser,
  UserExistsError,
} from '../../../src/service/users/repository.ts'
import { demoUsers, type User } from '../../../src/service/users/user.ts'

/**
 * @param open returns a repository with the three demo users only; called once per test.
 *   @param now its clock. It stands still at {@link NOW}, until a test moves it.
 */
export function describeRepository(
  name: string,
  open: (now: () => number) => Promise<CompleteRepository> | CompleteRepository,
): void {
  describe(`${name} fulfils the contract of a repository`, () => {
    let stored: CompleteRepository
    /** The same repository, whose users have no `modifiedAt`. */
    let users: CompleteRepository
    let now: number

    beforeEach(async () => {
      now = NOW
      stored = await open(() => now)
      users = withoutTimes(stored)
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

    describe('updateIfUnchanged', () => {
      const change = { name: 'Alice Smith', email: 'smith@example.com' }

      it('changes a user that is as it was read, and returns it', async () => {
        const current = await userOf(stored, 'user_001')
        now += 1
        const changed = { id: 'user_001', ...change, modifiedAt: now }
        assert.deepEqual(await stored.updateIfUnchanged(current, change), changed)
        assert.deepEqual(await stored.find('user_001'), changed)
        assert.deepEqual((await users.page(10)).slice(1), demoUsers.slice(1))
      })

      it('changes nothing after another write, even one that only changed the time', async () => {
        const current = await userOf(stored, 'user_001')
        const { id, ...same } = demoUsers[0] ?? assert.fail()
        for (const other of [{ ...same, name: 'X' }, { ...same, email: 'x@example.com' }, same]) {
          now += 1
          const written = await stored.update(id, other)
          assert.equal(await stored.updateIfUnchanged(current, change), undefined)
          assert.deepEqual(await stored.find(id), written)
        }
      })

      it('changes and creates nothing after the removal of the user', async () => {
        const current = await userOf(stored, 'user_001')
        await stored.remove('user_001')
        assert.equal(await stored.updateIfUnchanged(current, change), undefined)
        assert.equal(await stored.find('user_001'), undefined)
      })

      it('compares only the texts of a user without a time', async () => {
        const alice = demoUsers[0] ?? assert.fail()
        assert.equal(await users.updateIfUnchanged({ ...alice, name: 'alice johnson' }, change), undefined)
        assert.deepEqual(await users.updateIfUnchanged(alice, change), { id: 'user_001', ...change })
      })

      it('lets one of two concurrent changes of the same user succeed', async () => {
        const current = await userOf(stored, 'user_001')
        const both = ['One', 'Two'].map((name) => stored.updateIfUnchanged(current, { ...change, name }))
        const [winner, ...others] = (await Promise.all(both)).filter((user) => user !== undefined)
        assert.ok(winner)
        assert.equal(others.length, 0)
        assert.equal((await users.find('user_001'))?.name, winner.name)
      })
    })

    describe('removeIfUnchanged', () => {
      it('removes a user that is as it was read, and counts it once', async () => {
        const current = await userOf(stored, 'user_001')
        assert.equal(await stored.removeIfUnchanged(current), true)
        assert.equal(await stored.removeIfUnchanged(current), false)
        assert.deepEqual(await users.page(10), demoUsers.slice(1))
        assert.equal(await stored.count(), 2)
      })

      it('removes nothing after another write', async () => {
        const current = await userOf(stored, 'user_001')
        now += 1
        const { id, ...same } = demoUsers[0] ?? assert.fail()
        await stored.update(id, same)
        assert.equal(await stored.removeIfUnchanged(current), false)
        assert.deepEqual(await users.find(id), demoUsers[0])
      })

      it('compares only the texts of a user without a time', async () => {
        const alice = demoUsers[0] ?? assert.fail()
        assert.equal(await users.removeIfUnchanged({ ...alice, email: 'x@example.com' }), false)
        assert.equal(await users.removeIfUnchanged(alice), true)
      })
    })

    describe('modifiedAt', () => {
      it('is the time of the last write, of every method', async () => {
        now += 1000
        const made = await stored.create(someone('new'))
        assert.equal(made.modifiedAt, NOW + 1000)
        assert.deepEqual(await stored.find('new'), made)
        now += 1000
        const changed = await stored.update('new', someone('new'))
        assert.equal(changed?.modifiedAt, NOW + 2000)
        assert.deepEqual(await stored.findMany(['new']), [changed])
        assert.deepEqual(await stored.page(1), [changed])
      })

      it('exists for the demo users too', async () => {
        for (const { modifiedAt = 0 } of await stored.page(10)) {
          assert.ok(Number.isSafeInteger(modifiedAt) && modifiedAt > Date.UTC(2026, 0), `${modifiedAt}`)
        }
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
      it('are plain objects with an id, a name, an email and a time', async () => {
        const change = { name: 'B', email: 'b@example.com' }
        const returned = [
          await stored.find('user_001'),
          ...(await stored.findMany(['user_002'])),
          ...(await stored.page(1)),
          await stored.create(someone('new')),
          await stored.update('user_001', change),
          await stored.updateIfUnchanged(await userOf(stored, 'user_002'), change),
        ]
        assert.equal(returned.length, 6)
        for (const user of returned) {
          assert.ok(user)
          assert.equal(Object.getPrototypeOf(user), Object.prototype)
          assert.deepEqual(Object.keys(user), ['id', 'name', 'email', 'modifiedAt'])
        }
      })

      it('are copies: a change to one does not reach the database', async () => {
        const mine = someone('new')
        const created = await stored.create(mine)
        mine.name = 'changed'
        created.name = 'changed'
        const change = { name: 'Bob', email: 'bob@example.com' }
        const updated = await stored.update('user_002', change)
        assert.ok(updated)
        change.name = 'changed'
        updated.name = 'changed'
        const found = await stored.find('user_001')
        for (const user of [
          found,
          ...(await stored.findMany(['user_001', 'new'])),
          ...(await stored.page(10)),
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

/** Where the clock of the repository stands, epoch ms. It is after the migrations of this test, which use the real time. */
const NOW = Date.UTC(2100, 0)

function withoutTimes(repository: CompleteRepository): CompleteRepository {
  const strip = ({ id, name, email }: StoredUser): User => ({ id, name, email })
  const stripOne = (user: StoredUser | undefined) => user && strip(user)
  return {
    ...repository,
    find: async (id) => stripOne(await repository.find(id)),
    findMany: async (ids) => (await repository.findMany(ids)).map(strip),
    page: async (limit, after) => (await repository.page(limit, after)).map(strip),
    create: async (user) => strip(await repository.create(user)),
    update: async (id, change) => stripOne(await repository.update(id, change)),
    updateIfUnchanged: async (current, change) =>
      stripOne(await repository.updateIfUnchanged(current, change)),
  }
}

async function userOf(repository: CompleteRepository, id: string): Promise<StoredUser> {
  return (await repository.find(id)) ?? assert.fail(`no user ${id}`)
}

function someone(id: string): User {
  return { id, name: `Someone called ${id}`, email: 'someone@example.com' }
}

async function createAll(users: CompleteRepository, newIds: readonly string[]): Promise<void> {
  for (const id of newIds) await users.create(someone(id))
}

function ids(users: readonly User[]): string[] {
  return users.map((user) => user.id)
}

function isUserExists(id: string): (error: unknown) => boolean {
  return (error) => error instanceof UserExistsError && error.id === id
}
