import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { describe, it } from 'node:test'
import { joinedBytes, writeParts } from '../../../src/http/socket/write-parts.ts'

/** The bytes of each system call: what is written between `cork` and `uncork` is one. */
function calls(head: string, body: Uint8Array): string[] {
  const made: string[] = []
  let corked: string | undefined
  const socket = {
    write(part: string | Uint8Array, encoding?: BufferEncoding) {
      const text = Buffer.from(part as string, encoding).toString('latin1')
      if (corked === undefined) made.push(text)
      else corked += text
    },
    cork() {
      corked = ''
    },
    uncork() {
      made.push(corked ?? '')
      corked = undefined
    },
  }
  writeParts(socket as unknown as Socket, head, body)
  return made
}

describe('writeParts()', () => {
  for (const length of [0, 1, 65_536, 65_537]) {
    it(`writes a head in Latin-1 and a body of ${length} bytes in one call`, () => {
      const body = new Uint8Array(length).fill(0xff)
      assert.ok(calls('h\xe9', body).join('|') === `h\xe9${'\xff'.repeat(length)}`)
    })
  }
})

describe('joinedBytes()', () => {
  it('joins a text, bytes and a text', () => {
    assert.deepEqual([...joinedBytes('\xe9', new Uint8Array([1, 2]), '\r\n')], [0xe9, 1, 2, 13, 10])
    assert.deepEqual([...joinedBytes('', new Uint8Array())], [])
  })
})
