/** Records of what a context makes its responses, because a `Response` does not show whether its body is a stream. */
import type { Context } from 'hono'
import { OUTER_RECORD, type OuterRecord, type OwnMethods, withType } from '../context/made-text.ts'

const NAMES = ['body', 'text', 'html', 'json', 'newResponse'] as const

type Make = (value: unknown, arg?: unknown, headers?: unknown) => unknown
type Methods = Record<(typeof NAMES)[number], Make> & { [OUTER_RECORD]?: OuterRecord }

/** The last response that a context has made, and its body. */
export class MadeBody implements OuterRecord {
  readonly #context: Methods
  readonly #originals: Readonly<Omit<Methods, symbol>>
  readonly #own: Readonly<Omit<Methods, symbol>>
  #response: Response | undefined
  #body: unknown

  /**
   * @param bodyIn the body of a response where it can be seen, and otherwise `undefined`. Without it the text of `c.json` is made
   *   here, as Hono would.
   * @param methods Hono's own methods; `undefined` if the size of a response of `c.json` need not be known.
   */
  constructor(
    c: Context,
    bodyIn: ((response: Response) => unknown) | undefined,
    methods: OwnMethods | undefined,
  ) {
    const context = c as unknown as Methods
    const { body, text, html, json, newResponse } = context
    const record = (value: unknown, result: unknown): unknown => {
      if (!(result instanceof Response)) return result
      this.#response = result
      this.#body = bodyIn?.(result) ?? value
      return result
    }
    this.#context = context
    this.#originals = { body, text, html, json, newResponse }
    this.#own = {
      body: (value, arg, headers) => record(value, body(value, arg, headers)),
      text: (value, arg, headers) => record(value, text(value, arg, headers)),
      html: (value, arg, headers) => record(value, html(value, arg, headers)),
      newResponse: (value, arg, headers) => record(value, newResponse(value, arg, headers)),
      json(value, arg, headers) {
        const made =
          bodyIn === undefined && canMakeJson(methods, json, body) ? JSON.stringify(value) : undefined
        if (methods === undefined || made === undefined)
          return record(UNKNOWN_TEXT, json(value, arg, headers))
        return record(made, body(made, arg, withType(methods.jsonType, headers)))
      },
    }
    const own = this.#own
    context.body = own.body
    context.text = own.text
    context.html = own.html
    context.json = own.json
    context.newResponse = own.newResponse
    context[OUTER_RECORD] = this
  }

  /** The body of this response; `undefined` if the context has not made it. */
  of(response: Response): unknown {
    return response === this.#response ? this.#body : undefined
  }

  /**
   * As `of`, for a response to which Hono has added headers: it has the same stream, though it was made of a text. To be called
   * only for a response whose body is a stream already.
   */
  ofCopy(response: Response): unknown {
    return this.#response?.body === response.body ? this.#body : undefined
  }

  /** Gives the context its methods back, except those that other code has replaced meanwhile. */
  stop(): void {
    const context = this.#context
    for (const name of NAMES) if (context[name] === this.#own[name]) context[name] = this.#originals[name]
  }
}

/** The body of a response of `c.json` whose text is not known. */
const UNKNOWN_TEXT = new (class UnknownText {})()

/** True if the methods are Hono's own, so that a response of `body` with the same text is the same. */
function canMakeJson(methods: OwnMethods | undefined, json: Make, body: Make): boolean {
  if (!methods?.isJsonLikeBody) return false
  return json.toString() === methods.sources.json && body.toString() === methods.sources.body
}
