/** Clients that write and read a few users at random, and compare each response with what was known when the request began. */
import { setTimeout as pause } from 'node:timers/promises'
import { type Known, Register, type Shown } from './register.ts'

export interface PlayOptions {
  url: string
  /** Token for writes. */
  token: string
  clients: number
  /** Returns true once the clients may stop. */
  isOver: (played: Played) => boolean
  random: () => number
}

export interface Played {
  writes: number
  /** Writes that a precondition refused. */
  refused: number
  reads: number
  lists: number
  /** Requests without an answer: the service was being restarted. */
  unanswered: number
  /** Broken rules, in words. */
  faults: string[]
}

const USERS = 5
const JSON_TYPE = { 'content-type': 'application/json' }

/** An answer, or `undefined` if the connection failed. */
type Answer = { status: number; etag: string | null; text: string } | undefined

interface UserBody {
  id: string
  name: string
}

export async function play(options: PlayOptions): Promise<Played> {
  const game = new Game(options)
  await game.run()
  return game.played
}

class Game {
  readonly played: Played = { writes: 0, refused: 0, reads: 0, lists: 0, unanswered: 0, faults: [] }
  readonly #options: PlayOptions
  readonly #users = Array.from({ length: USERS }, (_, i) => new Register(`c_${i}`))
  #n = 0

  constructor(options: PlayOptions) {
    this.#options = options
  }

  async run(): Promise<void> {
    const client = async () => {
      while (!this.#options.isOver(this.played) && this.played.faults.length < 20) await this.#step()
    }
    await Promise.all(Array.from({ length: this.#options.clients }, client))
  }

  #step(): Promise<void> {
    const user = this.#users[this.#below(USERS)] as Register
    const dice = this.#options.random()
    if (dice < 0.25 && !user.isBusy) return this.#write(user)
    if (dice < 0.6) return this.#read(user)
    return dice < 0.8 ? this.#readByIds() : this.#readPage()
  }

  async #write(user: Register): Promise<void> {
    user.isBusy = true
    try {
      if (!user.exists) await this.#create(user)
      else if (this.#options.random() < 0.25) await this.#remove(user)
      else await this.#replace(user)
    } finally {
      user.isBusy = false
    }
  }

  #create(user: Register): Promise<void> {
    const version = user.issue(true)
    const headers = this.#isOften() ? {} : { 'if-none-match': '*' }
    return this.#change(user, version, 201, ['POST', '/api/user', headers, user.body(version)])
  }

  async #replace(user: Register): Promise<void> {
    const path = `/api/user/${user.id}`
    if (this.#isOften()) {
      const version = user.issue(true)
      return this.#change(user, version, 200, ['PUT', path, {}, user.body(version)])
    }
    const isRight = this.#options.random() < 0.7
    const etag = user.etag(isRight ? user.current : user.current + 1000)
    // A refused write must make no state, so it gets a body that no state has.
    const version = isRight ? user.issue(true) : undefined
    const body = version === undefined ? { name: 'refused', email: 'r@example.com' } : user.body(version)
    return this.#change(user, version, isRight ? 200 : 412, ['PUT', path, { 'if-match': etag }, body])
  }

  async #remove(user: Register): Promise<void> {
    const path = `/api/user/${user.id}`
    const headers = this.#isOften() ? {} : { 'if-match': user.etag(user.current) }
    return this.#change(user, user.issue(false), 204, ['DELETE', path, headers, undefined])
  }

  /** @param version the state that the write makes; `undefined` if it must be refused. */
  async #change(
    user: Register,
    version: number | undefined,
    expected: number,
    [method, path, headers, body]: [string, string, Record<string, string>, unknown],
  ): Promise<void> {
    const answer = await this.#send(method, path, {
      headers: {
        ...headers,
        ...(body === undefined ? {} : JSON_TYPE),
        authorization: `Bearer ${this.#options.token}`,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (answer === undefined) return this.#findOut(user)
    if (answer.status !== expected) {
      this.#fault(
        `${method} ${path} ${JSON.stringify(headers)}: ${answer.status} instead of ${expected}: ${answer.text}`,
      )
      return this.#findOut(user)
    }
    this.played[version === undefined ? 'refused' : 'writes']++
    if (version === undefined) return
    user.answered(version)
    if (method !== 'DELETE' && answer.etag !== user.etag(version))
      this.#fault(`${method} ${path}: ETag ${answer.etag}`)
  }

  /** Reads the state of a user after a write without an answer, which may have been done or not. */
  async #findOut(user: Register): Promise<void> {
    for (let tries = 0; tries < 200; tries++) {
      const known = user.known()
      const answer = await this.#send('GET', `/api/user/${user.id}?after-a-lost-answer=${this.#n++}`)
      if (answer === undefined) {
        await pause(25)
        continue
      }
      const shown = shownIn(answer)
      this.#check(user, shown, known, 'after a lost answer')
      // The other states that were issued will never be seen, because their writes have ended.
      user.exists = shown !== 'absent'
      if (typeof shown === 'number') user.current = shown
      return
    }
    this.#fault('the service does not answer')
  }

  async #read(user: Register): Promise<void> {
    const known = user.known()
    const path = `/api/user/${user.id}${this.#isOften() ? '' : `?x=${this.#n++}`}`
    const dice = this.#options.random()
    if (dice < 0.2) {
      const answer = await this.#send('HEAD', path)
      if (answer === undefined) return
      this.#check(user, answer.status === 404 ? 'absent' : user.ofEtag(answer.etag), known, `HEAD ${path}`)
    } else if (dice < 0.5) {
      const etag = user.etag(user.current)
      const answer = await this.#send('GET', path, { headers: { 'if-none-match': etag } })
      if (answer === undefined) return
      const shown = answer.status === 304 ? user.ofEtag(etag) : shownIn(answer)
      this.#check(user, shown, known, `GET ${path} If-None-Match: ${answer.status}`)
    } else {
      const answer = await this.#send('GET', path)
      if (answer === undefined) return
      this.#check(user, shownIn(answer), known, `GET ${path}`)
    }
    this.played.reads++
  }

  async #readByIds(): Promise<void> {
    const selected = this.#users.filter(() => this.#options.random() < 0.6)
    const ids = [...selected.map(({ id }) => id), 'c_none'].sort(() => this.#options.random() - 0.5)
    const known = selected.map((user) => user.known())
    const path = `/api/users?ids=${ids}${this.#isOften() ? '' : `&x=${this.#n++}`}`
    const answer = await this.#send('GET', path)
    if (answer === undefined) return
    this.played.lists++
    if (answer.status !== 200) return this.#fault(`GET ${path}: ${answer.status} ${answer.text}`)
    const { users, missing } = JSON.parse(answer.text) as { users: UserBody[]; missing: string[] }
    if (!missing.includes('c_none')) this.#fault(`GET ${path}: c_none is not missing`)
    for (const [i, user] of selected.entries()) {
      const found = users.find(({ id }) => id === user.id)
      if ((found === undefined) !== missing.includes(user.id)) this.#fault(`GET ${path}: missing is wrong`)
      this.#check(user, found === undefined ? 'absent' : versionOf(found), known[i] as Known, `GET ${path}`)
    }
  }

  async #readPage(): Promise<void> {
    const known = this.#users.map((user) => user.known())
    const limit = this.#isOften() ? 1 + this.#below(5) : 100
    const after = this.#isOften() ? undefined : `c_${this.#below(USERS)}`
    const query = `limit=${limit}${after === undefined ? '' : `&after=${after}`}${this.#isOften() ? '' : `&x=${this.#n++}`}`
    const answer = await this.#send('GET', `/api/users?${query}`)
    if (answer === undefined) return
    this.played.lists++
    if (answer.status !== 200) return this.#fault(`GET ?${query}: ${answer.status} ${answer.text}`)
    const { users, next } = JSON.parse(answer.text) as { users: UserBody[]; next: string | null }
    for (const [i, user] of this.#users.entries()) {
      // A user outside of the page may exist or not.
      if ((after !== undefined && user.id <= after) || (next !== null && user.id > next)) continue
      const found = users.find(({ id }) => id === user.id)
      this.#check(user, found === undefined ? 'absent' : versionOf(found), known[i] as Known, `GET ?${query}`)
    }
  }

  #check(user: Register, shown: Shown | undefined, known: Known, what: string): void {
    const broken = shown === undefined ? `${user.id} had an unknown state` : user.check(shown, known)
    if (broken !== undefined) this.#fault(`${what}: ${broken}`)
  }

  #fault(text: string): void {
    this.played.faults.push(text)
  }

  async #send(method: string, path: string, init: RequestInit = {}): Promise<Answer> {
    // New connections reach other threads.
    const headers = { ...init.headers, ...(this.#options.random() < 0.15 ? { connection: 'close' } : {}) }
    try {
      const response = await fetch(this.#options.url + path, { ...init, method, headers })
      return { status: response.status, etag: response.headers.get('etag'), text: await response.text() }
    } catch {
      this.played.unanswered++
      await pause(5)
      return undefined
    }
  }

  #isOften(): boolean {
    return this.#options.random() < 0.6
  }

  #below(limit: number): number {
    return Math.floor(limit * this.#options.random())
  }
}

function shownIn({ status, text }: NonNullable<Answer>): Shown | undefined {
  if (status === 404) return 'absent'
  return status === 200 ? versionOf(JSON.parse(text) as UserBody) : undefined
}

function versionOf({ name }: UserBody): number | undefined {
  const [, version] = /^version (\d+)$/.exec(name) ?? []
  return version === undefined ? undefined : Number(version)
}
