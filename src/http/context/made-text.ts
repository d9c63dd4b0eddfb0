/** Finds the text of a response that the handler has made with a method of the context, so that its body need not be read. */
import type { Context } from 'hono'

/** The methods of the context that make a response of a text. */
const NAMES = ['body', 'text', 'html', 'json'] as const

type Name = (typeof NAMES)[number]

type Make = (value: unknown, arg?: unknown, headers?: unknown) => unknown

/** Hono's own methods: their source texts, and how `json` makes its response. */
export interface OwnMethods {
  readonly contextClass: unknown
  readonly sources: Readonly<Record<Name, string>>
  /** The type of a response of `json`. */
  readonly jsonType: string
  /** True if `json` makes its response as `body` does from the text, the same arguments, and the type before the headers. */
  readonly isJsonLikeBody: boolean
}

/** Property of a context: a record of its responses that other middleware has begun. It is ended, because records do not nest. */
export const OUTER_RECORD = Symbol('hitrate:outer-record')

export interface OuterRecord {
  stop(): void
}

/** The texts of the handlers behind one `cached()`. */
export class MadeTexts {
  #own: OwnMethods | undefined

  /**
   * Records the responses that the context makes until `stop` is called. A response of `text` has a Content-Type. Returns
   * `undefined` if this version of Hono makes responses in another way.
   */
  start(c: Context): MadeText | undefined {
    ;(c as Context & { [OUTER_RECORD]?: OuterRecord })[OUTER_RECORD]?.stop()
    if (this.#own?.contextClass !== c.constructor) this.#own = ownMethodsOf(c)
    return this.#own && new MadeText(c, this.#own)
  }
}

/** With headers, even none, Hono sets Content-Type itself: see `forceContentType`. */
const NO_HEADERS = {}

/** The last response that was made of a text, and the text. */
export class MadeText {
  readonly #context: Record<Name, Make>
  readonly #own: OwnMethods
  readonly #previous: Readonly<Record<Name, Make>>
  #response: Response | undefined
  #text = ''

  constructor(c: Context, own: OwnMethods) {
    const context = c as unknown as Record<Name, Make>
    const { body, text, html, json } = context
    this.#context = context
    this.#own = own
    this.#previous = { body, text, html, json }
    context.body = (value, ...rest) => this.#record('body', value, body(value, ...rest))
    context.text = (value, ...rest) => {
      const isBare = rest[1] === undefined && this.#isOwn('text')
      return this.#record('text', value, isBare ? text(value, rest[0], NO_HEADERS) : text(value, ...rest))
    }
    context.html = (value, ...rest) => this.#record('html', value, html(value, ...rest))
    context.json = (value, arg, headers) => this.#json(value, arg, headers)
  }

  /** Gives the context its previous methods back. */
  stop(): void {
    const { body, text, html, json } = this.#previous
    const context = this.#context
    context.body = body
    context.text = text
    context.html = html
    context.json = json
  }

  /**
   * The complete body of the response; `undefined` if it is not known or empty, because runtimes differ in empty bodies. The headers of the response may have been changed since
   * it was made, but not its body.
   */
  of(response: Response): string | undefined {
    if (response !== this.#response || this.#text === '' || !isUnread(response)) return undefined
    return this.#text.isWellFormed() ? this.#text : undefined // a body encodes half of a pair as another character
  }

  /** Other code may have replaced a method before, so the value need not be the body. */
  #record(name: Name, value: unknown, result: unknown): unknown {
    if (typeof value === 'string' && result instanceof Response && this.#isOwn(name)) {
      this.#response = result
      this.#text = value
    }
    return result
  }

  /** Makes the text itself, as Hono would. */
  #json(value: unknown, arg: unknown, headers: unknown): unknown {
    const { json, body } = this.#previous
    const { jsonType, isJsonLikeBody } = this.#own
    const isBare = headers === undefined && (arg === undefined || typeof arg === 'number')
    if (!(isBare || isJsonLikeBody) || !this.#isOwn('json') || !this.#isOwn('body')) {
      return json(value, arg, headers)
    }
    const text = JSON.stringify(value)
    return this.#record('body', text, body(text, arg, withType(jsonType, headers)))
  }

  #isOwn(name: Name): boolean {
    return this.#previous[name].toString() === this.#own.sources[name]
  }
}

/** The methods of a new context; `undefined` if this version of Hono makes responses in another way. */
export function ownMethodsOf({ constructor: contextClass }: Context): OwnMethods | undefined {
  const Unchanged = contextClass as new (raw: Request) => Record<Name, Make>
  const context = new Unchanged(new Request('http://localhost'))
  const [body, text, html, json] = NAMES.map((name) => String(context[name])) as [
    string,
    string,
    string,
    string,
  ]
  const ofJson = context.json([], 201)
  const jsonType = ofJson instanceof Response ? ofJson.headers.get('content-type') : null
  if (jsonType === null || !json.includes('JSON.stringify(')) return undefined
  const isJsonLikeBody = PROBES.every(([arg, headers]) =>
    areEqual(context.json([], arg, headers), context.body('[]', arg, withType(jsonType, headers))),
  )
  return { contextClass, sources: { body, text, html, json }, jsonType, isJsonLikeBody }
}

/** The type comes first, so that a header can replace it. */
export function withType(jsonType: string, headers: unknown): object {
  return { 'Content-Type': jsonType, ...(headers as Record<string, string> | undefined) }
}

/** Arguments for which `json` and `body` are compared: a status or options, and headers. */
const PROBES: readonly [arg: unknown, headers?: Record<string, string | string[]>][] = [
  [201, { 'x-a': '1' }],
  [201, { 'content-type': 'text/x', 'x-a': ['1', '2'] }],
  [{ status: 202, headers: { 'Content-Type': 'text/x', 'x-b': '2' } }],
  [{ headers: { 'x-b': '2' } }, { 'x-b': '3', 'X-A': '1' }],
]

/** True for responses with the same status and the same headers. */
function areEqual(one: unknown, other: unknown): boolean {
  if (!(one instanceof Response && other instanceof Response) || one.status !== other.status) return false
  return JSON.stringify([...one.headers]) === JSON.stringify([...other.headers])
}

/** True if no code has taken the body. */
function isUnread(response: Response): boolean {
  // The Response of @hono/node-server has this property until its body is taken. `bodyUsed` would make a native one of it.
  const isLight = Object.getOwnPropertySymbols(response).some(({ description }) => description === 'cache')
  return isLight || !response.bodyUsed
}
