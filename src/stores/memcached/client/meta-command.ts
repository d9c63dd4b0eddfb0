/** Meta commands of Memcached's text protocol (protocol.txt, "Meta Commands"). */

export interface MetaCommand {
  readonly verb: 'mg' | 'ms' | 'md' | 'ma'
  /** 1 to 250 printable ASCII characters without spaces: `wireKey` makes such a key of any text. */
  readonly key: string
  /** Flags with their tokens, separated by spaces, such as `c v t` or `T30 ME c`. */
  readonly flags: string
  /** Required by `ms` alone. It must not change before the call has settled, because large values are not copied. */
  readonly value?: Uint8Array
}

/** Longer keys are refused by the server. */
const MAX_KEY_BYTES = 250

const PRINTABLE = /^[!-~]+$/
const FLAGS = /^(?:[!-~]+(?: [!-~]+)*)?$/

/** With `q` a command may have no reply, and `O` belongs to the client. */
const RESERVED = /(?:^| )[qO]/

/**
 * Returns the command's first line. The value of `ms` and a line break follow it.
 *
 * @throws {TypeError} for a command that would end the line early or have no reply: the server would take the rest for another
 *   command.
 */
export function commandLine({ verb, key, flags, value }: MetaCommand, opaque: number): string {
  if (key.length > MAX_KEY_BYTES || !PRINTABLE.test(key)) throw invalidKey()
  if (!FLAGS.test(flags) || RESERVED.test(flags)) throw invalidFlags(flags)
  if ((verb === 'ms') !== (value !== undefined)) throw invalidValue(verb)
  const size = value === undefined ? '' : ` ${value.byteLength}`
  const line = `${verb} ${key}${size} O${opaque}`
  return flags === '' ? `${line}\r\n` : `${line} ${flags}\r\n`
}

function invalidKey(): TypeError {
  return new TypeError(`key must be 1 to ${MAX_KEY_BYTES} printable ASCII characters without spaces`)
}

function invalidFlags(flags: string): TypeError {
  return new TypeError(
    `flags must be printable, separated by single spaces, without q and O, got ${JSON.stringify(flags)}`,
  )
}

function invalidValue(verb: string): TypeError {
  return new TypeError(`${verb} must have ${verb === 'ms' ? 'a' : 'no'} value`)
}
