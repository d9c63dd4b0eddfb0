/** Variations of the fields that frame the body, and of the body itself. */
import type { Random } from './random.ts'
import { chunked, type Draft, sized, smuggled, withField } from './requests.ts'
import type { Variation } from './target-variations.ts'

/** Values of `Content-Length`; `n` is the length of the body. */
const LENGTHS = [
  '+n',
  '-n',
  '-1',
  '0n',
  '0xn',
  'n ',
  'n\t',
  ' n',
  'n,n',
  'n, n',
  'n, 0',
  '0, n',
  'n;',
  'nx',
  'n.0',
  'n n',
  '',
  '"n"',
  '1e1',
  '99999999999999999999',
  '18446744073709551616',
  'n\0',
  '0',
  '000',
]

const CODINGS = [
  'chunked',
  'Chunked',
  'CHUNKED',
  'chunked ',
  '\tchunked',
  '\x0bchunked',
  '\x0cchunked',
  'chunked\0',
  '"chunked"',
  'xchunked',
  'chunkedx',
  'chunked, chunked',
  'chunked, identity',
  'identity, chunked',
  'gzip, chunked',
  'chunked, gzip',
  'chunked;q=1',
  ',chunked',
  'chunked,',
  'identity',
  'gzip',
  '',
  'chun\r\n ked',
]

/** Lines whose name is nearly the one of a framing field. */
const NAMES = [
  'Transfer-Encoding : chunked',
  'Transfer-Encoding\t: chunked',
  ' Transfer-Encoding: chunked',
  'X: y\r\n Transfer-Encoding: chunked',
  'X: y\nTransfer-Encoding: chunked',
  'X: y\rTransfer-Encoding: chunked',
  'Transfer_Encoding: chunked',
  'transfer-encoding:chunked',
  'TRANSFER-ENCODING: chunked',
  'Transfer-Encoding\0: chunked',
  'Transfer-Encoding:\r\n chunked',
  'Content-Length : n',
  'Content-Length\t: n',
  ' Content-Length: n',
  'content-length:n',
  'CONTENT-LENGTH: n',
  'Content-Length\x0b: n',
  'Content-Length:\r\n n',
  'Content_Length: n',
  'X: y\nContent-Length: n',
  'X: y\rContent-Length: n',
]

/** Chunked bodies, some of them malformed. */
const CHUNKS = [
  `${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`,
  `0\r\n\r\n${smuggled}`,
  '3\r\nabc\r\n0\r\n\r\n',
  '3;ext=1\r\nabc\r\n0\r\n\r\n',
  '3;ext="\r\n"\r\nabc\r\n0\r\n\r\n',
  '3;\nabc\r\n0\r\n\r\n',
  '3 \r\nabc\r\n0\r\n\r\n',
  ' 3\r\nabc\r\n0\r\n\r\n',
  '+3\r\nabc\r\n0\r\n\r\n',
  '-3\r\nabc\r\n0\r\n\r\n',
  '0x3\r\nabc\r\n0\r\n\r\n',
  '03\r\nabc\r\n00\r\n\r\n',
  '3\nabc\n0\n\n',
  '3\r\nabcd\r\n0\r\n\r\n',
  '3\r\nab\r\n0\r\n\r\n',
  '3\r\nabc0\r\n\r\n',
  '3\r\nabc\r\n0\r\nX-End: a\r\n\r\n',
  '3\r\nabc\r\n0\r\nContent-Length: 9\r\n\r\n',
  '3\r\nabc\r\n0\r\nno colon\r\n\r\n',
  '3\r\nabc\r\n0\r\n X: y\r\n\r\n',
  'ffffffffffffffff\r\nabc\r\n0\r\n\r\n',
  '10000000000000003\r\nabc\r\n0\r\n\r\n',
  '\r\nabc\r\n0\r\n\r\n',
  'x\r\nabc\r\n0\r\n\r\n',
  '3\r\nabc\r\n0\r\n\r',
]

export const framingVariations: Readonly<Record<string, Variation>> = {
  'GET with a body that looks like a request': (draft) => sized(draft, smuggled),
  'GET with a short body': (draft) => sized(draft, 'abc'),
  'GET with Content-Length 0': (draft) => sized(draft, ''),
  'bytes behind a GET': (draft, random) => ({
    ...draft,
    body: random.pick([smuggled, '\r\n', '\r\n\r\n', 'x', '\0', 'abc\r\n\r\n']),
  }),
  'a value of Content-Length': (draft, random) => {
    const framed = withBody(draft, random)
    const value = random.pick(LENGTHS).replaceAll('n', String(framed.body.length))
    return withField(framed, 'Content-Length', value)
  },
  'Content-Length twice': (draft, random) => {
    const { fields, ...rest } = sized(draft, smuggled)
    return {
      ...rest,
      fields: [...fields, `Content-Length: ${random.pick([smuggled.length, 0, 1, smuggled.length + 1])}`],
    }
  },
  'a body that is too short': (draft) => ({ ...sized(draft, smuggled), body: smuggled.slice(0, 20) }),
  'a body that is too long': (draft) => ({ ...sized(draft, 'abc'), body: `abc${smuggled}` }),
  'GET of chunks': (draft) => chunked(draft, smuggled),
  'odd chunks': (draft, random) => ({
    ...withField(methodWithBody(draft, random), 'Transfer-Encoding', 'chunked'),
    body: random.pick(CHUNKS),
  }),
  'a value of Transfer-Encoding': (draft, random) => ({
    ...withField(methodWithBody(draft, random), 'Transfer-Encoding', random.pick(CODINGS)),
    body: random.pick(CHUNKS.slice(0, 3)),
  }),
  'Transfer-Encoding twice': (draft, random) => {
    const { fields, ...rest } = chunked(methodWithBody(draft, random), smuggled)
    return { ...rest, fields: [...fields, `Transfer-Encoding: ${random.pick(CODINGS)}`] }
  },
  'Content-Length and Transfer-Encoding': (draft, random) => {
    const { fields, body, ...rest } = chunked(methodWithBody(draft, random), smuggled)
    const length = `Content-Length: ${random.pick([body.length, 0, 5])}`
    return { ...rest, body, fields: random.chance(0.5) ? [...fields, length] : [length, ...fields] }
  },
  'a spelling of a framing field': (draft, random) => {
    const { fields, ...rest } = withBody(draft, random)
    const line = random.pick(NAMES).replace(/\bn$/, String(rest.body.length))
    return { ...rest, fields: [...fields, line] }
  },
}

function methodWithBody(draft: Draft, random: Random): Draft {
  return random.chance(0.5) ? draft : { ...draft, method: 'POST' }
}

/** A body without a field that frames it. */
function withBody(draft: Draft, random: Random): Draft {
  return { ...methodWithBody(draft, random), body: random.pick([smuggled, 'abc', CHUNKS[0] as string]) } // the list is not empty
}
