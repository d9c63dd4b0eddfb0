/** Variations of the request line. */
import type { Random } from './random.ts'
import type { Draft } from './requests.ts'

export type Variation = (draft: Draft, random: Random) => Draft

const METHODS = [
  'get',
  'Get',
  'HEAD',
  'TRACE',
  'CONNECT',
  'PATCH',
  'PURGE',
  'QUERY',
  'FOO',
  'GETX',
  'GE',
  '',
  'G\0ET',
]
const VERSIONS = [
  'HTTP/1.0',
  'HTTP/1.2',
  'HTTP/2.0',
  'HTTP/0.9',
  'http/1.1',
  'HTTP/1.10',
  'HTTP/01.1',
  'HTTP/1,1',
  'HTTP/1.1 ',
  'HTTP/1.1\t',
  'HTTP/1.1\0',
  ' HTTP/1.1',
  'HTTP/1.',
  'HTTP',
  'HTTP/11',
  'ICE/1.0',
  'RTSP/1.0',
]
const PATHS = [
  '*',
  '//double',
  '//hit/small',
  '/hit//small',
  '/hit/./small',
  '/hit/../hit/small',
  '/echo/../hit/small',
  '/..',
  '/../hit/small',
  '/hit/%73mall',
  '/hit/small%20',
  '/hit/small%00',
  '/hit/%2e%2e/hit/small',
  '/hit%2fsmall',
  '/%',
  '/%zz',
  '/hit/small%',
  '/hit/small#fragment',
  '/hit/small?#',
  '/hit\\small',
  '/hit/small;x=1',
  '/hit/small/',
  '/HIT/small',
  '/hit/small?',
  '/hit/small??',
  '/hit/small?a=1&a=2',
  '/hit/small?a=%31',
  '/hit/small?"<>`{}|^',
  "/hit/small?'",
  '/hit/\x7f',
  '/hit/\x01',
  '/hit/sm\0all',
  '/hit/sm\xe9all',
  '/hit/\xc3\xa9',
  '/hit/small?\xff',
  '?',
  'hit/small',
  '',
]

/** Spellings of the target that name its host, and forms that need no path. */
const ABSOLUTE_FORMS = [
  'http://localhost/hit/small',
  'HTTP://localhost/hit/small',
  'http://LOCALHOST/hit/small',
  'https://localhost/hit/small',
  'http://other.test/hit/small',
  'http://user@localhost/hit/small',
  'http://localhost:80/hit/small',
  'http://localhost',
  'http://localhost?a=1',
  'http:///hit/small',
  'http:/hit/small',
  'http://',
  'ftp://localhost/hit/small',
  'localhost:80',
  'localhost',
]

export const targetVariations: Readonly<Record<string, Variation>> = {
  'another method': (draft, random) => ({ ...draft, method: random.pick(METHODS) }),
  'another version': (draft, random) => ({ ...draft, version: random.pick(VERSIONS) }),
  'HTTP/1.0': (draft) => ({ ...draft, version: 'HTTP/1.0' }),
  'HTTP/1.0 with keep-alive': (draft) => ({
    ...draft,
    version: 'HTTP/1.0',
    fields: [...draft.fields, 'Connection: keep-alive'],
  }),
  'HTTP/0.9': (draft) => ({ ...draft, requestLine: `${draft.method} ${draft.target}` }),
  'HTTP/0.9 with a space': (draft) => ({ ...draft, requestLine: `${draft.method} ${draft.target} ` }),
  'two spaces': (draft) => ({ ...draft, requestLine: `${draft.method}  ${draft.target} ${draft.version}` }),
  'two spaces before the version': (draft) => ({
    ...draft,
    requestLine: `${draft.method} ${draft.target}  ${draft.version}`,
  }),
  'tabs for spaces': (draft) => ({
    ...draft,
    requestLine: `${draft.method}\t${draft.target}\t${draft.version}`,
  }),
  'a space in the target': (draft) => ({ ...draft, target: `${draft.target} x` }),
  'a bare CR in the request line': (draft) => ({ ...draft, target: `${draft.target}\r` }),
  'a bare LF in the request line': (draft) => ({ ...draft, target: `${draft.target}\n` }),
  'a field in the target': (draft) => ({ ...draft, target: `${draft.target} HTTP/1.1\nX: y` }),
  'another path': (draft, random) => ({ ...draft, target: random.pick(PATHS) }),
  'absolute form': (draft, random) => ({ ...draft, target: random.pick(ABSOLUTE_FORMS) }),
  'authority form': (draft) => ({ ...draft, method: 'CONNECT', target: 'localhost:80' }),
  'asterisk form': (draft) => ({ ...draft, method: 'OPTIONS', target: '*' }),
  'a long target': (draft, random) => ({
    ...draft,
    target: `${draft.target.split('?')[0]}?${'x'.repeat(random.pick([4000, 8000, 8180, 16_000, 16_370, 20_000]))}`,
  }),
  'a line before': (draft, random) => ({
    ...draft,
    before: random.pick(['\r\n', '\r\n\r\n', '\n', '\r', ' ', '\0']),
  }),
  'a control byte somewhere in the request line': (draft, random) => {
    const line = `${draft.method} ${draft.target} ${draft.version}`
    const at = random.below(line.length + 1)
    const byte = String.fromCharCode(random.pick([0, 1, 8, 9, 10, 11, 12, 13, 27, 31, 127, 128, 160, 255]))
    return { ...draft, requestLine: line.slice(0, at) + byte + line.slice(at) }
  },
}
