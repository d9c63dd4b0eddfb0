/** What every repository of users must do: one suite, told to each implementation. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { UserExistsError, type UserRepository } from '../../../src/service/users/repository.ts'
import { demoUsers, type User } from '../../../src/service/users/user.ts'

/** @param open gives a repository that holds the three demo users and nothing else; called once per test */
export function describeRepository(name: string, open: () => Promise<UserRepository> | UserRepository): void {
  describe(`${name} keeps the contract of a repository`, () => {
    let users: UserRepository

    beforeEach(async () => {
      users = await open()
    })

    afterEach(async () => {
      await users.close()
    })

    describe('find', () => {
      it('gives the user with this id', async () => {
        assert.deepEqual(await users.find('user_002'), demoUsers[1])
      })

      it('gives undefined for an unknown id', async () => {
        assert.equal(await users.find('user_999'), undefined)
      })

      it('tells ids apart by case and by every character', async () => {
        assert.equal(await users.find('USER_002'), undefined)
        assert.equal(await users.find('user-002'), undefined)
        assert.equal(await users.find('user%002'), undefined)
        assert.equal(await users.find('user_00'), undefined)
        assert.equal(await users.find(''), undefined)
      })

      it('does not read a number out of an id', async () => {
        await users.create(someone('007'))
        assert.equal(await users.find('7'), undefined)
        assert.deepEqual(await users.findMany(['7', '007', '7.0']), [someone('007')])
      })
    })

    describe('findMany', () => {
      it('gives those that exist in ascending order of id, each once', async () => {
        const found = await users.findMany(['user_003', 'nobody', 'user_001', 'user_003'])
        assert.deepEqual(found, [demoUsers[0], demoUsers[2]])
      })

      it('gives nobody for no ids and for unknown ids', async () => {
        assert.deepEqual(await users.findMany([]), [])
        assert.deepEqual(await users.findMany(['nobody', 'no-one']), [])
      })

      it('takes - and _ in ids as they are', async () => {
        await createAll(users, ['a-b', 'a_b', 'aXb', '-', '_'])
        assert.deepEqual(ids(await users.findMany(['_', 'a_b', '-', 'a-b'])), ['-', '_', 'a-b', 'a_b'])
      })

      it('takes 100 ids, of 64 characters each', async () => {
        const hundred = Array.from({ length: 100 }, (_, i) => `${i}`.padStart(64, 'x'))
        await createAll(users, hundred)
        const found = await users.findMany(hundred.toReversed())
        assert.deepEqual(ids(found), hundred.toSorted())
      })

      it('takes text that is no id as text', async () => {
        assert.deepEqual(await users.findMany([`user_001"]`, `') OR 1=1 --`, '%', '[]']), [])
      })
    })

    describe('page', () => {
      it('gives at most so many users in ascending order of id', async () => {
        assert.deepEqual(await users.page(2), demoUsers.slice(0, 2))
        assert.deepEqual(await users.page(100), demoUsers)
        assert.deepEqual(await users.page(0), [])
      })

      it('begins after the cursor, whether or not a user has that id', async () => {
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

      it('meets every user once when walked page by page', async () => {
        await createAll(users, ['m', 'Z', '_x', 'zz'])
        const walked: string[] = []
        for (let pages = 0; pages < 4; pages++) walked.push(...ids(await users.page(2, walked.at(-1))))
        assert.deepEqual(walked, ['Z', '_x', 'm', ...ids(demoUsers), 'zz'])
      })

      it('follows a create', async () => {
        await users.page(10)
        await users.create(someone('user_0015'))
        assert.deepEqual(ids(await users.page(2)), ['user_001', 'user_0015'])
      })

      it('follows a remove', async () => {
        await users.page(10)
        await users.remove('user_001')
        assert.deepEqual(ids(await users.page(2)), ['user_002', 'user_003'])
      })
    })

    describe('count', () => {
      it('follows creates and removes', async () => {
        assert.equal(await users.count(), 3)
        await users.create(someone('new'))
        assert.equal(await users.count(), 4)
        await users.remove('new')
        await users.remove('user_001')
        assert.equal(await users.count(), 2)
      })
    })

    describe('create', () => {
      it('keeps the user and gives it back', async () => {
        assert.deepEqual(await users.create(someone('new')), someone('new'))
        assert.deepEqual(await users.find('new'), someone('new'))
      })

      it('refuses an id that is taken, and changes nothing', async () => {
        await assert.rejects(users.create(someone('user_001')), isUserExists('user_001'))
        assert.deepEqual(await users.page(10), demoUsers)
      })

      it('lets one of two creates at once win', async () => {
        const twice = [users.create(someone('new')), users.create(someone('new'))]
        const outcomes = (await Promise.allSettled(twice)).map((result) => result.status)
        assert.deepEqual(outcomes.toSorted(), ['fulfilled', 'rejected'])
        assert.equal(await users.count(), 4)
      })

      it('takes two users with the same name and address', async () => {
        await users.create({ ...someone('one'), email: 'same@example.com' })
        await users.create({ ...someone('two'), email: 'same@example.com' })
        assert.equal(await users.count(), 5)
      })

      it('gives a removed id to a new user', async () => {
        await users.remove('user_001')
        await users.create(someone('user_001'))
        assert.deepEqual(await users.find('user_001'), someone('user_001'))
      })
    })

    describe('update', () => {
      const change = { name: 'Alice Smith', email: 'smith@example.com' }

      it('changes this user alone and gives it as it is now', async () => {
        assert.deepEqual(await users.update('user_001', change), { id: 'user_001', ...change })
        assert.deepEqual(await users.page(10), [{ id: 'user_001', ...change }, ...demoUsers.slice(1)])
      })

      it('gives the user also when nothing differs', async () => {
        const { id, ...same } = someone('same')
        await users.create(someone('same'))
        assert.deepEqual(await users.update(id, same), someone('same'))
      })

      it('gives undefined for an unknown id, and creates nobody', async () => {
        assert.equal(await users.update('nobody', change), undefined)
        assert.deepEqual(await users.page(10), demoUsers)
      })
    })

    describe('remove', () => {
      it('says whether there was such a user', async () => {
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
        it(`come back as they were given: ${name.slice(0, 40)}`, async () => {
          const kept = { id: `text-${index}`, name, email: "o'hara+tag@example.com" }
          await users.create(kept)
          assert.deepEqual(await users.find(kept.id), kept)
          assert.deepEqual(await users.findMany([kept.id]), [kept])
          await users.update('user_001', { name, email: kept.email })
          assert.deepEqual(await users.find('user_001'), { ...kept, id: 'user_001' })
          assert.equal(await users.count(), 4)
        })
      }
    })

    describe('the users it gives', () => {
      it('are plain objects with an id, a name and an email', async () => {
        const change = { name: 'B', email: 'b@example.com' }
        const given = [
          await users.find('user_001'),
          ...(await users.findMany(['user_002'])),
          ...(await users.page(1)),
          await users.create(someone('new')),
          await users.update('user_001', change),
        ]
        assert.equal(given.length, 5)
        for (const user of given) {
          assert.ok(user)
          assert.equal(Object.getPrototypeOf(user), Object.prototype)
          assert.deepEqual(Object.keys(user), ['id', 'name', 'email'])
        }
      })

      it('are copies: who changes one changes nothing kept', async () => {
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

    it('answers a ping, also when it is empty', async () => {
      await users.ping()
      for (const { id } of demoUsers) await users.remove(id)
      await users.ping()
    })

    it('closes, and closes again', async () => {
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
