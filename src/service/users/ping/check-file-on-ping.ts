/** Lets `ping` notice a SQLite file that is damaged, locked, on a full disk or read-only. */
import { resolve } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { APPLICATION_ID } from '../open-sqlite-file.ts'
import type { CompleteRepository } from '../repository.ts'
import { attempt } from '../sqlite-error.ts'

/**
 * Wraps the repository of this file. `ping` also reads from the file, without the pages that SQLite keeps in memory, and writes to
 * it. It blocks the event loop for about a tenth of a millisecond, and throws a `RepositoryBusyError` while another connection
 * writes.
 *
 * @param path as given to `openSqliteRepository`. A database in memory is left as it is.
 */
export function checkFileOnPing(repository: CompleteRepository, path: string): CompleteRepository {
  if (path === ':memory:') return repository
  let check: FileCheck | undefined

  return {
    ...repository,

    async ping() {
      // A path that leads to another file fails here, so the check never opens that file.
      if (check === undefined) await repository.ping()
      check ??= attempt('be opened for a check', () => new FileCheck(resolve(path)))
      check.run()
      await repository.ping()
    },

    async close() {
      check?.close()
      await repository.close()
    },
  }
}

/** Number of users that one check reads. The next check reads those after them. */
const USERS_PER_CHECK = 100

/** The ends of the table: a look-up in a tree reads its root, and one path. */
const SELECT_ENDS = 'SELECT (SELECT min(id) FROM users), (SELECT max(id) FROM users)'

/** ?1 the id after which the users begin. The sum is there so that the texts are read, too. */
const SELECT_PART = `SELECT max(id) AS until, count(*) AS users, sum(length(name) + length(email))
FROM (SELECT id, name, email FROM users WHERE id > ?1 ORDER BY id LIMIT ${USERS_PER_CHECK})`

/**
 * A connection of its own: a connection answers from its memory as long as nothing was written, so that of the repository would not
 * notice that the file on the disk has become unreadable.
 */
class FileCheck {
  readonly #db: DatabaseSync
  readonly #selectEnds: StatementSync
  readonly #selectPart: StatementSync
  /** The last id that was read, or '' at the beginning. */
  #readUntil = ''

  constructor(file: string) {
    this.#db = new DatabaseSync(file, { timeout: 0 })
    try {
      // FULL would wait for the disk. Nothing is lost with this write.
      this.#db.exec('PRAGMA synchronous = NORMAL')
      this.#selectEnds = this.#db.prepare(SELECT_ENDS)
      this.#selectPart = this.#db.prepare(SELECT_PART)
    } catch (cause) {
      this.#db.close()
      throw cause
    }
  }

  /**
   * Takes the write lock, reads, and writes a page with its present content.
   * @throws {RepositoryError}
   */
  run(): void {
    attempt('begin a check', () => this.#db.exec('PRAGMA shrink_memory; BEGIN IMMEDIATE'))
    try {
      // Reads first: the write would replace a damaged first page by the one in memory.
      attempt('be read', () => this.#read())
      attempt('be written', () => this.#db.exec(`PRAGMA application_id = ${APPLICATION_ID}; COMMIT`))
    } finally {
      // SQLite itself has ended the transaction if the disk is full.
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
    }
  }

  #read(): void {
    this.#selectEnds.get()
    const { until, users } = this.#selectPart.get(this.#readUntil) as { until: string; users: number } // as in the statement
    this.#readUntil = users < USERS_PER_CHECK ? '' : until
  }

  close(): void {
    this.#db.close()
  }
}
