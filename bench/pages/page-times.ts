/**
 * Prints the times of the reads of cold pages, as JSON, in nanoseconds. Arguments: the checkout, the file, the number of users. Makes
 * the file if it does not exist.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'

export interface PageTimes {
  /** Median. */
  usual: number
  /** 99 % of the pages take no longer. */
  slow: number
}

const PAGES = 300
const LIMIT = 20

const [checkout = '', file = '', users = ''] = process.argv.slice(2)
const adapter = pathToFileURL(join(checkout, 'src/service/users/sqlite.ts')).href
const { openSqliteRepository } = (await import(adapter)) as typeof import('../../src/service/users/sqlite.ts')

const isNew = !existsSync(file)
const repository = openSqliteRepository(file)
if (isNew) insertUsers(file, Number(users))

const times: number[] = []
for (let page = 0; page < PAGES; page++) {
  const after = userIdOf(Math.floor(Math.random() * Number(users)))
  const begun = performance.now()
  await Promise.all([repository.page(LIMIT + 1, after), repository.count(), repository.find(after)])
  times.push((performance.now() - begun) * 1e6)
}
await repository.close()
times.sort((a, b) => a - b)
const at = (share: number) => times[Math.floor(times.length * share)] ?? Number.NaN
process.stdout.write(JSON.stringify({ usual: at(0.5), slow: at(0.99) } satisfies PageTimes))

function insertUsers(path: string, number: number): void {
  const db = new DatabaseSync(path)
  db.exec(`INSERT INTO users (id, name, email)
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${number - 1})
SELECT printf('u%08d', i), 'User number ' || i, 'user' || i || '@example.com' FROM n`)
  db.close()
}

function userIdOf(i: number): string {
  return `u${String(i).padStart(8, '0')}`
}
