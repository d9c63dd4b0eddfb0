/** A file of SQLite in a folder of its own, and the damage that a test does to it. */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, chown, copyFile, mkdir, mkdtemp, open, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import type { SqliteAddress } from '../kind/address.ts'
import { ordinaryUser } from '../kind/ordinary-user.ts'
import { pause } from '../kind/random-faults.ts'

export interface SqliteFileOptions {
  /** True for a disk of its own, which is full soon. Only root can have it. */
  hasSmallDisk?: boolean
  /** True for files that an ordinary user owns, although this process is root's. */
  isOfOrdinaryUser?: boolean
}

const SMALL_DISK_BYTES = 4 * 1024 * 1024

const run = promisify(execFile)

export class SqliteFile {
  readonly folder: string
  readonly #root: string
  readonly #options: SqliteFileOptions

  private constructor(root: string, options: SqliteFileOptions) {
    this.#root = root
    this.#options = options
    this.folder = join(root, 'cache')
  }

  static async create(options: SqliteFileOptions = {}): Promise<SqliteFile> {
    const file = new SqliteFile(await mkdtemp(join(tmpdir(), 'hitrate-sqlite-')), options)
    await mkdir(file.folder)
    for (const path of [file.#root, file.folder]) await file.#own(path)
    if (options.hasSmallDisk)
      await run('mount', ['-t', 'tmpfs', '-o', `size=${SMALL_DISK_BYTES}`, 'tmpfs', file.folder])
    return file
  }

  get path(): string {
    return join(this.folder, 'cache.sqlite')
  }

  address(options: Partial<SqliteAddress> = {}): SqliteAddress {
    return { store: 'sqlite', path: this.path, ...options }
  }

  /**
   * Removes the file, and then the files beside it, as `rm cache.sqlite*` does on a busy machine: meanwhile a process may have
   * made new ones.
   */
  async remove(pauseMs: () => number): Promise<void> {
    for (const end of ['', '-lock', '-shm', '-wal']) {
      await rm(`${this.path}${end}`, { force: true })
      await pause(pauseMs())
    }
  }

  /** Another file takes the place of the file; the processes still have the old one open. */
  async replaceByGarbage(): Promise<void> {
    await writeFile(`${this.path}-garbage`, randomBytes(20_000))
    await rename(`${this.path}-garbage`, this.path)
  }

  /** As when a backup is put back. */
  async replaceByCopy(): Promise<void> {
    await copyFile(this.path, `${this.path}-copy`)
    await this.#own(`${this.path}-copy`)
    await rename(`${this.path}-copy`, this.path)
  }

  /** Writes into the file that the processes have open. */
  async overwrite(offset: number): Promise<void> {
    await inAnotherProcess(
      `const file = fs.openSync(path, 'r+'); fs.writeSync(file, crypto.randomBytes(20000), 0, 20000, ${offset})`,
      this.path,
    )
  }

  async truncate(bytes: number): Promise<void> {
    await inAnotherProcess(`fs.truncateSync(path, ${Math.floor(bytes)})`, this.path)
  }

  async bytes(): Promise<number> {
    return (await stat(this.path)).size
  }

  /** Holds a lock of the file for a while. */
  async lock(kind: 'IMMEDIATE' | 'EXCLUSIVE', work: () => Promise<unknown>): Promise<void> {
    await this.#withDatabase(async (db) => {
      await untilFree(() => db.exec(`BEGIN ${kind}`))
      await work()
      db.exec('ROLLBACK')
    })
  }

  async execute(sql: string): Promise<void> {
    await this.#withDatabase((db) => untilFree(() => db.exec(sql)))
  }

  /** Makes the file and its folder read-only, and the file another one, so that it is opened again. */
  async protect(): Promise<void> {
    await this.replaceByCopy()
    await chmod(this.path, 0o444)
    await chmod(this.folder, 0o555)
  }

  async unprotect(): Promise<void> {
    await chmod(this.folder, 0o755)
    await chmod(this.path, 0o644)
  }

  /** Writes another file until the disk is full. */
  async fillDisk(): Promise<void> {
    const filler = await open(this.#filler, 'w')
    try {
      for (;;) await filler.write(new Uint8Array(4096))
    } catch (error) {
      if (!String(error).includes('ENOSPC')) throw error
    } finally {
      await filler.close()
    }
  }

  emptyDisk(): Promise<void> {
    return rm(this.#filler)
  }

  removeFolder(): Promise<void> {
    return rm(this.folder, { recursive: true })
  }

  async end(): Promise<void> {
    if (this.#options.hasSmallDisk) await run('umount', ['--lazy', this.folder])
    await rm(this.#root, { recursive: true, force: true })
  }

  get #filler(): string {
    return join(this.folder, 'filler')
  }

  async #own(path: string): Promise<void> {
    const { uid, gid } = ordinaryUser
    if (this.#options.isOfOrdinaryUser && uid !== undefined && gid !== undefined) await chown(path, uid, gid)
  }

  async #withDatabase(work: (db: DatabaseSync) => Promise<void>): Promise<void> {
    // The file must exist: otherwise SQLite would create it.
    const db = new DatabaseSync(new URL(`${pathToFileURL(this.path)}?mode=rw`), { timeout: 0 })
    try {
      await work(db)
    } finally {
      db.close()
    }
  }
}

/** Time in which a lock becomes free: no transaction of the store takes longer. */
const PATIENCE_MS = 2000

async function untilFree(run: () => void): Promise<void> {
  const end = performance.now() + PATIENCE_MS
  for (;;) {
    try {
      return run()
    } catch (error) {
      if (performance.now() > end || !/locked|busy/.test(String(error))) throw error
    }
    await pause(1)
  }
}

/**
 * The end of any access to a file ends all locks that the process has on it. So a process that may have it open as a database must
 * not open it otherwise.
 */
async function inAnotherProcess(script: string, path: string): Promise<void> {
  const program = `const fs = require('node:fs'), crypto = require('node:crypto'), path = process.argv[1]; ${script}`
  await run(process.execPath, ['-e', program, path])
}
