/** Variations of the header fields that do not frame the body. */
import type { Random } from './random.ts'
import { type Draft, withField, withoutField } from './requests.ts'
import type { Variation } from './target-variations.ts'

const HOST_VALUES = [
  '',
  ' ',
  'LOCALHOST',
  'LocalHost',
  'localhost:80',
  'localhost:443',
  'localhost:',
  'localhost:99999',
  'localhost:8o',
  ':80',
  'localhost.',
  'localhost localhost',
  'localhost,localhost',
  'localhost, example.com',
  'localhost/hit',
  'localhost?x',
  'localhost#x',
  'localhost\\x',
  'user@localhost',
  'user:secret@localhost',
  'http://localhost',
  '[::1]',
  '[::1]:80',
  '[::1',
  '::1',
  '[::x]',
  '127.0.0.1',
  '0x7f.1',
  '1.2.3.4.5',
  'lo_cal',
  'lo*cal',
  'lo%63alhost',
  'lo%',
  'l\xf6cal',
  'l\xc3\xb6cal',
  'lo\tcal',
  'lo\0cal',
  'lo\x7fcal',
  '<local>',
  '-',
  '.',
  '..',
  'a..b',
  `${'a'.repeat(64)}.test`,
  'a'.repeat(300),
  'xn--a',
]

const SEPARATORS = [
  ' ',
  '\t',
  '\r',
  '\n',
  '\0',
  '\x0b',
  '\x0c',
  '(',
  ')',
  '@',
  '/',
  '=',
  '"',
  '\xe9',
  '\x7f',
  '_',
  '',
]

/** Whole lines, some of them forbidden. */
const LINES = [
  ': no name',
  ':',
  'no colon',
  ' ',
  '\t',
  'X-Tab:\tvalue\t',
  'X-Empty:',
  'X-Spaces:     ',
  'X-Quoted: "a, b"',
  'X-Latin: caf\xe9',
  'X-Utf: caf\xc3\xa9',
  'X-Control: a\x01b',
  'X-Delete: a\x7fb',
  'X-Null: a\0b',
  'X-CR: a\rb',
  'X-CR-end: a\r',
  'X-LF: a\nb',
  'X-LF-field: a\nConnection: close',
  'X-CR-field: a\rConnection: close',
  'X-Vertical: a\x0bb',
  'X Space: a',
  ' X-Leading: a',
  '\tX-Leading: a',
  'X-Before-Colon : a',
  'X(: a',
  'X\xe9: a',
  'X\0: a',
  '\xef\xbb\xbfX-Mark: a',
  '__proto__: a',
  'constructor: a',
  'toString: a',
]

/** Fields that give a request another meaning. */
const MEANINGFUL_LINES = [
  'Upgrade: websocket',
  'Upgrade: h2c',
  'Upgrade:',
  'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA',
  'Expect: 100-continue',
  'Expect: 100-Continue',
  'Expect: 200-ok',
  'Expect:',
  'TE: trailers',
  'TE: chunked',
  'Trailer: X-End',
  'Keep-Alive: timeout=1',
  'Proxy-Connection: close',
  'Cache-Control:',
  'cache-control : no-store',
  'Cache-Control\t: no-store',
  'Pragma:',
  'Range:',
  'Range : bytes=0-1',
  'IF-NONE-MATCH: *',
  'if-none-match:*',
  'Authorization:',
  'AUTHORIZATION: x',
  'X-HTTP-Method-Override: DELETE',
  'X-Forwarded-Host: other.test',
  'X-Forwarded-Proto: https',
  'Forwarded: host=other.test',
  'Accept-Language: de',
  'Accept-Encoding: identity;q=0',
  'Content-Type: text/plain',
  'Content-Encoding: gzip',
  'Early-Data: 1',
  'Max-Forwards: 0',
  'Sec-Purpose: prefetch',
]

const CONNECTIONS = [
  '',
  'close',
  'CLOSE',
  'keep-alive',
  'Keep-Alive',
  'KEEP-ALIVE',
  'keep-alive, close',
  'close, keep-alive',
  'keep-alive,',
  ', keep-alive',
  'keep-alive;',
  'keep-alive x',
  'Upgrade',
  'upgrade, keep-alive',
  'close\t',
  'closed',
  'x',
  'host',
  'TE',
  '"close"',
]

export const fieldVariations: Readonly<Record<string, Variation>> = {
  'no Host': (draft) => withoutField(draft, 'Host'),
  'no fields': (draft) => ({ ...draft, fields: [] }),
  'the same Host twice': (draft) => ({
    ...draft,
    fields: [...draft.fields, 'Host: localhost', 'Host: localhost'],
  }),
  'two Hosts': (draft, random) =>
    inserted(draft, random, random.pick(['Host: other.test', 'host: other.test', 'Host:'])),
  'another Host': (draft, random) => withField(draft, 'Host', random.pick(HOST_VALUES)),
  'a spelling of Host': (draft, random) =>
    inserted(
      withoutField(draft, 'Host'),
      random,
      random.pick([
        'HOST: localhost',
        'host:localhost',
        'Host:\tlocalhost',
        'Host:  localhost  ',
        'Host : localhost',
        'Host\t: localhost',
        ' Host: localhost',
        'Host: localhost\t',
        'Host:\r\n localhost',
        'Ho\0st: localhost',
        'Hos: localhost',
        'Host; localhost',
      ]),
    ),
  'a folded line': (draft, random) =>
    inserted(
      draft,
      random,
      random.pick(['X-Fold: a\r\n b', 'X-Fold: a\r\n\tb', 'X-Fold:\r\n b', 'X-Fold: a\n b']),
    ),
  'a folded field with a meaning': (draft, random) =>
    inserted(
      draft,
      random,
      random.pick([
        'Connection:\r\n close',
        'Cache-Control:\r\n no-store',
        'X: a\r\n Connection: close',
        'Range:\r\n\tbytes=0-1',
      ]),
    ),
  'a fold before the first field': (draft) => ({ ...draft, fields: [' folded', ...draft.fields] }),
  'an odd line': (draft, random) => inserted(draft, random, random.pick(LINES)),
  'a field with a meaning': (draft, random) => inserted(draft, random, random.pick(MEANINGFUL_LINES)),
  'another Connection': (draft, random) => withField(draft, 'Connection', random.pick(CONNECTIONS)),
  'two Connections': (draft, random) =>
    inserted(withField(draft, 'Connection', 'keep-alive'), random, `Connection: ${random.pick(CONNECTIONS)}`),
  'an upgrade': (draft, random) =>
    inserted(
      withField(draft, 'Connection', 'Upgrade'),
      random,
      `Upgrade: ${random.pick(['websocket', 'h2c', 'TLS/1.0', ''])}`,
    ),
  'an odd byte in a name': (draft, random) => inserted(draft, random, `X-A${random.pick(SEPARATORS)}B: c`),
  'an odd byte in a value': (draft, random) => inserted(draft, random, `X-A: b${random.pick(SEPARATORS)}c`),
  'an odd byte after a name': (draft, random) =>
    inserted(draft, random, `Connection${random.pick(SEPARATORS)}: close`),
  'lines that end with LF': (draft) => ({ ...draft, eol: '\n' }),
  'lines that end with CR': (draft) => ({ ...draft, eol: '\r' }),
  'lines that end with CR CR LF': (draft) => ({ ...draft, eol: '\r\r\n' }),
  'lines that end with LF CR': (draft) => ({ ...draft, eol: '\n\r' }),
  'one line that ends with LF': (draft, random) => inserted(draft, random, 'X-A: b\nX-C: d'),
  'a block that ends with LF': (draft) => ({ ...draft, fields: [...draft.fields, 'X-A: b\n'] }),
  'a large field': (draft, random) =>
    inserted(
      draft,
      random,
      `X-Large: ${'x'.repeat(random.pick([4000, 7900, 8100, 8192, 16_000, 16_200, 16_384, 20_000]))}`,
    ),
  'many fields': (draft, random) => ({
    ...draft,
    fields: [
      ...draft.fields,
      ...Array.from({ length: random.pick([50, 99, 100, 500, 2100]) }, (_, i) => `X-${i}: a`),
    ],
  }),
  'a control byte somewhere in the fields': (draft, random) => {
    const at = random.below(Math.max(1, draft.fields.length))
    const byte = String.fromCharCode(
      random.pick([0, 1, 8, 9, 10, 11, 12, 13, 27, 31, 32, 127, 128, 160, 255]),
    )
    return {
      ...draft,
      fields: draft.fields.map((field, i) => (i === at ? spliced(field, random, byte) : field)),
    }
  },
}

function inserted(draft: Draft, random: Random, line: string): Draft {
  const at = random.below(draft.fields.length + 1)
  return { ...draft, fields: [...draft.fields.slice(0, at), line, ...draft.fields.slice(at)] }
}

function spliced(text: string, random: Random, byte: string): string {
  const at = random.below(text.length + 1)
  return text.slice(0, at) + byte + text.slice(at)
}
