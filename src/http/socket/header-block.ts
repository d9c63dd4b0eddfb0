/** Strict check of a request's header block. A block that is unusual in any way is not plain: the HTTP server parses it. */
import { ROUTED_WITH_CLIENT_CONTROL } from '../front/routed-headers.ts'

const LINE_END = '\r\n'

/** Largest number of header fields of a plain block. */
const MAX_FIELDS = 100

/**
 * One header line: a token, a colon, and printable ASCII. The HTTP server parses lines with other characters, and folded lines.
 * The two classes have no colon in common at the border, so that the time is linear.
 */
const FIELD_LINE = /^([!#$%&'*+.^_`|~\w-]+):([\t -~]*)$/

/** A host in the form that `URL` gives it, with or without a port. */
const HOST = /^[a-z0-9._-]+(?::\d{1,5})?$/

/** Names of request headers that the router or the HTTP server must see. */
const ROUTED = new Set([
  ...ROUTED_WITH_CLIENT_CONTROL,
  ...['expect', 'http2-settings', 'te', 'trailer', 'transfer-encoding'],
])

/** Prefixes of such names: conditions, a request body, proxies. */
const ROUTED_PREFIXES = ['if-', 'content-', 'proxy-']

/**
 * Returns the host of a plain header block, and `undefined` for any other block. In a plain block each line is well-formed,
 * `Host` occurs once, `Connection` is absent or `keep-alive`, and no header needs the router.
 *
 * @param block the bytes after the request line: from the line end of that line to the empty line, both included.
 */
export function hostOfPlainBlock(block: string): string | undefined {
  if (!block.startsWith(LINE_END) || !block.endsWith(LINE_END + LINE_END)) return undefined
  const lines = linesOf(block)
  if (lines.length > MAX_FIELDS) return undefined
  let host: string | undefined
  for (const line of lines) {
    const field = FIELD_LINE.exec(line)
    if (field === null) return undefined // also for an empty line, after which another request would begin
    const [, name = '', text = ''] = field
    const lowerName = name.toLowerCase()
    const value = text.trim() // spaces and tabs, the only white space that a line can have
    if (lowerName === 'host') {
      if (host !== undefined || !HOST.test(value)) return undefined
      host = value
    } else if (lowerName === 'connection') {
      if (value.toLowerCase() !== 'keep-alive') return undefined
    } else if (isRouted(lowerName)) return undefined
  }
  return host
}

/** The names and values of a plain block. */
export function fieldsOfBlock(block: string): [name: string, value: string][] {
  return linesOf(block).map((line) => {
    const end = line.indexOf(':')
    return [line.slice(0, end), line.slice(end + 1).trim()]
  })
}

function linesOf(block: string): string[] {
  return block.slice(LINE_END.length, -2 * LINE_END.length).split(LINE_END)
}

function isRouted(name: string): boolean {
  return ROUTED.has(name) || ROUTED_PREFIXES.some((prefix) => name.startsWith(prefix))
}
