/**
 * The entries from which lists are made: one for each user, and one for each page with the ids of its users. No list is stored
 * by its selection, because clients can select without end. All these entries are `negative`: they have a small part of the
 * memory to themselves, so that lists never evict a user that is read by its id.
 */
import * as z from 'zod'
import type { Cache } from '../../../cache/cache.ts'
import { type Lifetime, loaded } from '../../../cache/lifetime.ts'
import type { LoadContext, Read, ReadOptions } from '../../../cache/read.ts'
import { prefixTag } from '../../../http/policy/url-tags.ts'
import type { UserRepository } from '../../users/repository.ts'
import type { User } from '../../users/user.ts'
import { ABSENT_MS, PAGES_TAG, userTag } from '../user-caching.ts'
import { bodyOf } from '../user-representation.ts'
import type { Page } from '../user-requests.ts'
import { checkedJson } from './checked-json.ts'
import { listLifetime } from './list-lifetime.ts'

/** Contents of a page. */
export interface PageContent {
  /** The ids, joined by commas: one text takes a quarter of the memory of a text for each id. */
  ids: string
  /** Number of all users. */
  total: number
  hasNext: boolean
}

/** The entry of a user, or of its absence. */
export interface UserRead {
  id: string
  read: Read<User | null | undefined>
}

/** The options of one request. */
export type ListReadOptions = Pick<ReadOptions, 'strategy' | 'maxStaleMs' | 'waitUntil'> & {
  /** Called when a load of the request fails. */
  onFailure(error: unknown, isInBackground: boolean): void
}

export interface ListEntriesOptions {
  cache: Cache
  repository: UserRepository
  /** Lifetimes of the entries, as directives of `Hitrate-Cache-Control`. */
  targetedControl: string
  /** Time limit of each read in ms. */
  hardTimeoutMs: number
}

/** Tags of the directories of the API, so that a purge of `/api/` also removes what lists are made from. */
const DIRECTORY_TAGS = ['/', '/api/'].map(prefixTag)

/** Rows that other programs have inserted may break the rules of the API, so only the types are checked. */
const userCodec = checkedJson(z.object({ id: z.string(), name: z.string(), email: z.string() }).nullable())
const pageCodec = checkedJson(z.object({ ids: z.string(), total: z.number(), hasNext: z.boolean() }))

export class ListEntries {
  readonly #cache: Cache
  readonly #repository: UserRepository
  readonly #lifetime: Lifetime
  readonly #isStored: boolean
  readonly #hardTimeoutMs: number

  constructor({ cache, repository, targetedControl, hardTimeoutMs }: ListEntriesOptions) {
    this.#cache = cache
    this.#repository = repository
    const lifetime = listLifetime(targetedControl)
    this.#isStored = lifetime !== undefined
    this.#lifetime = { ...lifetime, negative: true, jitter: 0 }
    this.#hardTimeoutMs = hardTimeoutMs
  }

  /** Reads users by their ids. One query loads all of those that are not stored. */
  async readUsers(ids: readonly string[], options: ListReadOptions): Promise<UserRead[]> {
    const reads = await this.#cache.readMany<User | null>(
      ids.map(userKey),
      (keys, context) => this.#watched(options, context, () => this.#loadUsers(keys.map(idOf))),
      { ...this.#readOptions(options), codec: userCodec },
    )
    return Array.from(reads, ([key, read]) => ({ id: idOf(key), read }))
  }

  /** Reads which users a page contains. */
  readPage(page: Page, options: ListReadOptions): Promise<Read<PageContent | undefined>> {
    return this.#cache.read<PageContent>(
      pageKey(page),
      (context) => this.#watched(options, context, () => this.#loadPage(page)),
      { ...this.#readOptions(options), codec: pageCodec },
    )
  }

  /** Returns true if memory has a user of these ids, or its absence. */
  hasUsers(ids: readonly string[]): boolean {
    return ids.some((id) => this.#cache.peek(userKey(id)) !== undefined)
  }

  /** Returns what memory has of a page. Not counted as a read. */
  peekPage(page: Page): PageContent | undefined {
    return this.#cache.peek<PageContent>(pageKey(page))?.value
  }

  async #loadUsers(ids: readonly string[]) {
    const users = new Map((await this.#repository.findMany(ids)).map((found) => [found.id, bodyOf(found)]))
    return ids.map((id) => {
      const found = users.get(id) ?? null
      const periods = found === null ? { ...this.#lifetime, ...ABSENCE } : this.#lifetime
      const tags = [userTag(id), ...DIRECTORY_TAGS]
      return [userKey(id), loaded(found, { ...periods, keep: this.#isStored, tags })] as const
    })
  }

  async #loadPage({ limit, after }: Page) {
    const [usersAndNext, total] = await Promise.all([
      this.#repository.page(limit + 1, after),
      this.#repository.count(),
    ])
    const ids = usersAndNext.slice(0, limit).map(({ id }) => id)
    const content = { ids: ids.join(), total, hasNext: usersAndNext.length > limit }
    const tags = [PAGES_TAG, ...DIRECTORY_TAGS]
    return loaded<PageContent>(content, { ...this.#lifetime, keep: this.#isStored, tags })
  }

  #readOptions({ strategy, maxStaleMs, waitUntil }: ListReadOptions) {
    return {
      hardTimeoutMs: this.#hardTimeoutMs,
      ...(strategy === undefined ? {} : { strategy }),
      ...(maxStaleMs === undefined ? {} : { maxStaleMs }),
      ...(waitUntil === undefined ? {} : { waitUntil }),
    }
  }

  async #watched<T>(
    { onFailure }: ListReadOptions,
    { background }: LoadContext,
    load: () => Promise<T>,
  ): Promise<T> {
    try {
      return await load()
    } catch (error) {
      onFailure(error, background)
      throw error
    }
  }
}

const ABSENCE = { ttlMs: ABSENT_MS, staleWhileRevalidateMs: 0, staleIfErrorMs: 0, keepStaleMs: 0 }

const USER = 'user:'

function userKey(id: string): string {
  return USER + id
}

function idOf(key: string): string {
  return key.slice(USER.length)
}

function pageKey({ limit, after = '' }: Page): string {
  return `page:${limit}:${after}`
}
