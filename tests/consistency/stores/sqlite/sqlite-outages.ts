/** The outages of a file of SQLite. */
import type { SqliteAddress } from '../kind/address.ts'
import { isRoot, skipUnlessReadable } from '../kind/ordinary-user.ts'
import { type Outage, type OutageLab, outageKind } from '../kind/outage-kind.ts'
import { SqliteFile } from './sqlite-file.ts'

const nothing = async () => {}

/** A fault that ends with the next opening of the file. */
function ofFile(begin: (file: SqliteFile) => Promise<unknown>): Outage<SqliteLab> {
  return { begin: ({ file }) => begin(file), end: nothing }
}

const outages = {
  removed: ofFile((file) => file.remove(() => 0)),
  'replaced by garbage': {
    begin: ({ file }) => file.replaceByGarbage(),
    end: ({ file }) => file.remove(() => 0),
  },
  'replaced by a copy': ofFile((file) => file.replaceByCopy()),
  overwritten: ofFile((file) => file.overwrite(8192)),
  truncated: ofFile(async (file) => file.truncate((await file.bytes()) / 2)),
  emptied: ofFile((file) => file.truncate(0)),
  'locked for writes': {
    begin: (lab) => lab.lock('IMMEDIATE'),
    end: (lab) => lab.unlock(),
  },
  'locked exclusively': {
    begin: (lab) => lab.lock('EXCLUSIVE'),
    end: (lab) => lab.unlock(),
  },
  'read-only': {
    skip: skipUnlessReadable(),
    needsOrdinaryUser: true,
    begin: ({ file }) => file.protect(),
    end: ({ file }) => file.unprotect(),
  },
  'on a full disk': {
    skip: isRoot ? false : 'only root can make a small disk',
    begin: ({ file }) => file.fillDisk(),
    end: ({ file }) => file.emptyDisk(),
  },
  'in a folder that was removed': {
    begin: ({ file }) => file.removeFolder(),
    end: nothing,
  },
} satisfies Record<string, Outage<SqliteLab>>

export const sqliteOutages = outageKind(outages, async (name) => {
  const file = await SqliteFile.create({
    hasSmallDisk: name === 'on a full disk',
    isOfOrdinaryUser: name === 'read-only',
  })
  return new SqliteLab(file)
})

class SqliteLab implements OutageLab {
  readonly file: SqliteFile
  #unlock: (() => void) | undefined
  #locked: Promise<void> | undefined

  constructor(file: SqliteFile) {
    this.file = file
  }

  address(): SqliteAddress {
    return this.file.address()
  }

  /** Resolves when the lock is held. */
  async lock(kind: 'IMMEDIATE' | 'EXCLUSIVE'): Promise<void> {
    const held = Promise.withResolvers<void>()
    const end = Promise.withResolvers<void>()
    this.#unlock = end.resolve
    this.#locked = this.file.lock(kind, () => {
      held.resolve()
      return end.promise
    })
    await Promise.race([held.promise, this.#locked])
  }

  async unlock(): Promise<void> {
    this.#unlock?.()
    await this.#locked
  }

  async end(): Promise<void> {
    await this.unlock()
    await this.file.end()
  }
}
