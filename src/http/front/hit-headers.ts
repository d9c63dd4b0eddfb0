/** The option `hitHeaders` of a front: headers that a hit gets for its request alone. They are never part of a stored response. */
import type { CallbackErrors } from '../../callback-errors.ts'
import {
  aFunction,
  aListOfStrings,
  type OptionRules,
  requireOptions,
  validateOptions,
} from '../../options.ts'
import { Message } from '../stored/heads/message.ts'

/** Values of headers, in the order of their names; `undefined` for a header that is absent. */
export type HeaderValues = readonly (string | undefined)[]

/** Headers that each hit gets for its request, such as an id. */
export interface HitHeaders {
  /** Names of the request headers whose values `values` gets, in lower case. */
  reads: readonly string[]
  /** Names of the response headers whose values `values` returns, in lower case. They replace stored ones of the same name. */
  sets: readonly string[]
  /**
   * Called for each hit, before it is counted. Returns the values of the response headers, printable ASCII; `undefined` for a hit
   * without any of them; or `'route'` if the request must go through the router, where middleware can change the body too. An error,
   * or a value with other characters, is passed to `onError`; the hit is then sent without these headers.
   *
   * @param received the values of the request headers. Those of repeated headers are joined by `, `.
   * @param status of the stored response.
   */
  values(received: HeaderValues, status: number): HeaderValues | undefined | 'route'
}

const RULES: OptionRules<HitHeaders> = { reads: aListOfStrings, sets: aListOfStrings, values: aFunction }

const NAME = /^[!#$%&'*+.^_`|~\da-z-]+$/
const VALUE = /^[\t -~]*$/

/** Response headers that belong to the connection, the framing, or the stored response. */
const NOT_SET = new Set([
  ...['connection', 'keep-alive', 'transfer-encoding', 'trailer', 'upgrade', 'te'],
  ...['content-length', 'content-type', 'content-encoding', 'set-cookie', 'cache-control'],
])

/** The checked option. */
export class HitHeaderSource {
  readonly reads: readonly string[]
  readonly #names: readonly string[]
  readonly #values: HitHeaders['values']
  readonly #errors: CallbackErrors

  /**
   * @param subject first words of an error message.
   * @param errors gets the errors of `values`.
   * @throws {TypeError} when a member is missing, unknown, or of the wrong type, or a name cannot be that of such a header.
   */
  constructor(subject: string, option: HitHeaders, errors: CallbackErrors) {
    const name = `${subject}: hitHeaders`
    validateOptions(name, option, RULES)
    requireOptions(name, option, RULES, ['reads', 'sets', 'values'])
    this.reads = [...option.reads]
    this.#names = [...option.sets]
    this.#values = option.values.bind(option)
    this.#errors = errors
    for (const one of [...this.reads, ...this.#names]) assertName(name, one)
    for (const one of this.#names) if (NOT_SET.has(one)) throw new TypeError(`${name} cannot set ${one}`)
  }

  /** As `HitHeaders.values`. Never throws. */
  valuesFor(received: HeaderValues, status: number): HeaderValues | undefined | 'route' {
    try {
      const values = this.#values(received, status)
      if (values === undefined || values === 'route') return values
      for (let i = 0; i < this.#names.length; i++) {
        const value = values[i]
        if (value !== undefined && !VALUE.test(value)) throw this.#unsendable(i)
      }
      return values
    } catch (error) {
      this.#errors.report(error, 'hitHeaders')
      return undefined
    }
  }

  /** The header lines, each with its line end. */
  linesOf(values: HeaderValues): string {
    let lines = ''
    this.#names.forEach((name, i) => {
      if (values[i] !== undefined) lines += `${name}: ${values[i]}\r\n`
    })
    return lines
  }

  addTo(response: Response, values: HeaderValues): void {
    this.#names.forEach((name, i) => {
      if (values[i] !== undefined) response.headers.set(name, values[i])
    })
  }

  /** The names and values in turn. */
  fieldsOf(values: HeaderValues): string[] {
    return this.#names.flatMap((name, i) => (values[i] === undefined ? [] : [name, values[i]]))
  }

  /** The message without the headers that the values replace; the same message if there are none. */
  without(message: Message, values: HeaderValues): Message {
    const isReplaced = (name: string, i: number) => values[i] !== undefined && name in message.headers
    if (!this.#names.some(isReplaced)) return message
    const replaced = this.#names.filter(isReplaced)
    const kept = Object.entries(message.headers).filter(([name]) => !replaced.includes(name))
    return new Message(message.status, Object.fromEntries(kept), message.cookies, message.body)
  }

  #unsendable(index: number): TypeError {
    return new TypeError(`hitHeaders: the value of ${this.#names[index]} must be printable ASCII`)
  }
}

/** Returns the values of these names. @param fields names in any case, and values. */
export function valuesOf(
  names: readonly string[],
  fields: Iterable<readonly [string, string]>,
): HeaderValues {
  const values: (string | undefined)[] = names.map(() => undefined)
  for (const [name, value] of fields) {
    const i = names.indexOf(name.toLowerCase())
    if (i !== -1) values[i] = values[i] === undefined ? value : `${values[i]}, ${value}`
  }
  return values
}

function assertName(subject: string, name: string): void {
  if (!NAME.test(name))
    throw new TypeError(`${subject}: a name must be a header name in lower case, got "${name}"`)
}
