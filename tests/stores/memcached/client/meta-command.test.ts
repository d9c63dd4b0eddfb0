/** Lines of commands, and commands that would break the pipeline. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { commandLine, type MetaCommand } from '../../../../src/stores/memcached/client/meta-command.ts'

describe('commandLine', () => {
  it('a line has the verb, the key, the size of a value and the flags', () => {
    const value = new Uint8Array(12)
    const lines: [MetaCommand, string][] = [
      [{ verb: 'mg', key: 'k', flags: 'c v t' }, 'mg k O7 c v t\r\n'],
      [{ verb: 'mg', key: 'k', flags: '' }, 'mg k O7\r\n'],
      [{ verb: 'ms', key: 'k', flags: 'T30 ME', value }, 'ms k 12 O7 T30 ME\r\n'],
      [{ verb: 'ms', key: 'k', flags: '', value }, 'ms k 12 O7\r\n'],
      [{ verb: 'ma', key: 'k'.repeat(250), flags: 'N0' }, `ma ${'k'.repeat(250)} O7 N0\r\n`],
    ]
    for (const [command, line] of lines) assert.equal(commandLine(command, 7), line)
  })

  it('a key that the server would misread is an error', () => {
    for (const key of ['', 'a b', 'a\r\nflush_all', 'a\n', 'é', 'k'.repeat(251)]) {
      assert.throws(() => commandLine({ verb: 'md', key, flags: '' }, 7), {
        name: 'TypeError',
        message: 'key must be 1 to 250 printable ASCII characters without spaces',
      })
    }
  })

  it('flags with a line break or with q or O are an error', () => {
    for (const flags of ['v\r\nflush_all', 'v\n', ' v', 'v ', 'v  c', 'q', 'v q', 'O1', 'v O', 'vé']) {
      assert.throws(() => commandLine({ verb: 'mg', key: 'k', flags }, 7), {
        name: 'TypeError',
        message: `flags must be printable, separated by single spaces, without q and O, got ${JSON.stringify(flags)}`,
      })
    }
  })

  it('ms without a value, and another command with one, are errors', () => {
    assert.throws(() => commandLine({ verb: 'ms', key: 'k', flags: '' }, 7), {
      name: 'TypeError',
      message: 'ms must have a value',
    })
    assert.throws(() => commandLine({ verb: 'mg', key: 'k', flags: '', value: new Uint8Array() }, 7), {
      name: 'TypeError',
      message: 'mg must have no value',
    })
  })
})
