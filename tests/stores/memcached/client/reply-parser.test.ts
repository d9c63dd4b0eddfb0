/** Replies of Memcached 1.6.18, divided in all places; and bytes that are no reply. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { MetaReply } from '../../../../src/stores/memcached/client/meta-reply.ts'
import {
  type LineReply,
  NO_OPAQUE,
  ReplyParser,
} from '../../../../src/stores/memcached/client/reply-parser.ts'

type Reply = MetaReply | LineReply

/** A reply, and the number of its command if it has one. */
type Parsed = [reply: Reply, opaque?: number]

const bytes = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'))

/** What the server sent to a list of commands, and the replies in it. */
const transcript: [text: string, reply: Reply, opaque?: number][] = [
  ['MN\r\n', { code: 'line', line: 'MN' }],
  ['EN\r\n', { code: 'EN', flags: '', cas: 0 }],
  ['VA 0 t-1 c1 W\r\n\r\n', { code: 'VA', flags: 't-1 c1 W', cas: 1, value: bytes('') }],
  [
    'VA 4 O123 t29 c1 kfoo Z\r\nabab\r\n',
    { code: 'VA', flags: 't29 c1 kfoo Z', cas: 1, value: bytes('abab') },
    123,
  ],
  ['EN O0\r\n', { code: 'EN', flags: '', cas: 0 }, 0],
  ['HD O999 c7\r\n', { code: 'HD', flags: 'c7', cas: 7 }, 999],
  ['VA 6\r\n\r\nEN\r\n\r\n', { code: 'VA', flags: '', cas: 0, value: bytes('\r\nEN\r\n') }],
  ['HD s4 t-1\r\n', { code: 'HD', flags: 's4 t-1', cas: 0 }],
  ['HD c9007199254740991\r\n', { code: 'HD', flags: 'c9007199254740991', cas: Number.MAX_SAFE_INTEGER }],
  ['HD kc7 Oc8 c9\r\n', { code: 'HD', flags: 'kc7 Oc8 c9', cas: 9 }],
  ['NF\r\n', { code: 'NF', flags: '', cas: 0 }],
  ['NS\r\n', { code: 'NS', flags: '', cas: 0 }],
  ['EX\r\n', { code: 'EX', flags: '', cas: 0 }],
  [
    'SERVER_ERROR object too large for cache\r\n',
    { code: 'error', message: 'SERVER_ERROR object too large for cache' },
  ],
  [
    'CLIENT_ERROR bad command line format\r\n',
    { code: 'error', message: 'CLIENT_ERROR bad command line format' },
  ],
  ['ERROR\r\n', { code: 'error', message: 'ERROR' }],
  ['STORED\r\n', { code: 'line', line: 'STORED' }],
  ['VERSION 1.6.18\r\n', { code: 'line', line: 'VERSION 1.6.18' }],
  ['STAT item_size_max 1048576\r\n', { code: 'line', line: 'STAT item_size_max 1048576' }],
  ['END\r\n', { code: 'line', line: 'END' }],
]
const allBytes = Buffer.from(transcript.map(([text]) => text).join(''), 'latin1')
const allReplies = transcript.map(([, ...parsed]): Parsed => parsed)

function parse(chunks: readonly Buffer[]): Parsed[] {
  const replies: Parsed[] = []
  const parser = new ReplyParser((reply, opaque) =>
    replies.push(opaque === NO_OPAQUE ? [reply] : [reply, opaque]),
  )
  for (const chunk of chunks) parser.push(chunk)
  return replies
}

describe('the reply parser', () => {
  it('replies of one chunk are all parsed', () => {
    assert.deepEqual(parse([allBytes]), allReplies)
  })

  it('replies are the same when the bytes are divided at any place', () => {
    for (let at = 0; at <= allBytes.length; at++) {
      assert.deepEqual(
        parse([allBytes.subarray(0, at), allBytes.subarray(at)]),
        allReplies,
        `divided at ${at}`,
      )
    }
  })

  it('replies are the same when the bytes arrive one by one', () => {
    assert.deepEqual(parse(Array.from(allBytes, (byte) => Buffer.of(byte))), allReplies)
  })

  it('a value has memory of its own', () => {
    const chunk = Buffer.from('VA 2 c1\r\nab\r\n')
    const [[reply] = []] = parse([chunk])
    chunk.fill(0)
    assert.ok(reply?.code === 'VA')
    assert.deepEqual(reply.value, bytes('ab'))
    assert.equal(reply.value.buffer.byteLength, 2)
    assert.equal(reply.value.constructor, Uint8Array)
  })

  it('a value of 1 MiB in many chunks is whole', () => {
    const value = Buffer.alloc(2 ** 20, 'value \r\n')
    const all = Buffer.concat([Buffer.from(`VA ${value.length}\r\n`), value, Buffer.from('\r\nMN\r\n')])
    const chunks = []
    for (let at = 0; at < all.length; at += 65_521) chunks.push(all.subarray(at, at + 65_521))
    const [[reply] = [], [last] = []] = parse(chunks)
    assert.ok(reply?.code === 'VA' && value.equals(reply.value))
    assert.deepEqual(last, { code: 'line', line: 'MN' })
  })

  it('bytes that are no reply are an error', () => {
    const invalid = [
      'HTTP/1.1 400 Bad Request\r\n',
      '<html>\n',
      'HD\n',
      'HD c12\n',
      '\r\n',
      'HX\r\n',
      'HDx\r\n',
      'OK\r\n',
      'VALUE k 0 1\r\n',
      'VA\r\n',
      'VA \r\n',
      'VA x\r\n',
      'VA -1\r\n',
      'VA 1x\r\na\r\n',
      'VA 1073741825\r\n',
      'VA 2\r\nabc\r\n',
      'VA 2\r\nab\n\n',
      'VA 2\r\nab\r\r',
      'ERRORS\r\n',
      'MN 1\r\n',
      'x'.repeat(8193),
    ]
    for (const text of invalid) {
      const chunk = Buffer.from(text)
      assert.throws(() => parse([chunk]), { name: 'InvalidReplyError' }, text)
      assert.throws(
        () => parse(Array.from(chunk, (byte) => Buffer.of(byte))),
        { name: 'InvalidReplyError' },
        text,
      )
    }
  })

  it('a message about bytes that are no reply has only the first ones', () => {
    assert.throws(() => parse([Buffer.from(`<html>${'x'.repeat(500)}\r\n`)]), {
      message: `The reply is none of Memcached, it begins with "<html>${'x'.repeat(10)}"`,
    })
  })

  it('random replies in random chunks are parsed', () => {
    const flag = fc.stringMatching(/^[a-zA-Z][!-~]{0,8}$/).filter((text) => !/^[cO]/.test(text))
    const flags = fc.array(flag, { maxLength: 5 })
    const cas = fc.option(
      fc.maxSafeNat().filter((number) => number > 0),
      { nil: 0 },
    )
    const head = fc.record({ flags, cas }).map(({ flags, cas }) => {
      const all = cas === 0 ? flags : [...flags, `c${cas}`]
      return { flags: all.join(' '), cas }
    })
    const plain = fc
      .tuple(fc.constantFrom('HD', 'EN', 'NF', 'NS', 'EX'), head)
      .map(([code, rest]) => ({ code, ...rest }) as Reply)
    const value = fc
      .tuple(head, fc.uint8Array({ maxLength: 100 }))
      .map(([rest, content]): Reply => ({ code: 'VA', ...rest, value: Uint8Array.from(content) }))
    const parsed = fc
      .tuple(fc.oneof(plain, value), fc.option(fc.nat(999), { nil: undefined }))
      .map(([reply, opaque]): Parsed => (opaque === undefined ? [reply] : [reply, opaque]))
    const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 10 })
    fc.assert(
      fc.property(fc.array(parsed, { minLength: 1, maxLength: 20 }), cuts, (replies, cuts) => {
        const all = Buffer.concat(replies.map(encode))
        const places = [
          0,
          ...cuts.map((cut) => Math.floor(cut * all.length)).sort((a, b) => a - b),
          all.length,
        ]
        const chunks = places.slice(1).map((end, i) => all.subarray(places[i], end))
        assert.deepEqual(parse(chunks), replies)
      }),
    )
  })
})

/** The reply as the server would send it. */
function encode([reply, opaque]: Parsed): Buffer {
  if (reply.code === 'line') return Buffer.from(`${reply.line}\r\n`)
  if (reply.code === 'error') return Buffer.from(`${reply.message}\r\n`)
  const all = [...(opaque === undefined ? [] : [`O${opaque}`]), ...(reply.flags === '' ? [] : [reply.flags])]
  const flags = all.map((flag) => ` ${flag}`).join('')
  if (reply.code !== 'VA') return Buffer.from(`${reply.code}${flags}\r\n`)
  return Buffer.concat([
    Buffer.from(`VA ${reply.value.length}${flags}\r\n`),
    reply.value,
    Buffer.from('\r\n'),
  ])
}
