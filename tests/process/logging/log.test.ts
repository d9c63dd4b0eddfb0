import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { createAccessLog } from '../../../src/process/logging/access-log.ts'
import { type LogOptions, openLog } from '../../../src/process/logging/log.ts'

const request = { method: 'GET', route: '/*', path: '/x', status: 404, durationMs: 1 }

describe('openLog()', () => {
  const { log, error } = console
  let printed: string[] = []
  beforeEach(() => {
    printed = []
    console.log = (text: string) => printed.push(text)
    console.error = () => assert.fail('all lines go to standard output')
  })
  afterEach(() => {
    Object.assign(console, { log, error })
    openLog({ level: 'error', readable: false })
  })

  /** A log with batches, and the function that it passes to `onExit`. */
  function open(options: Partial<LogOptions> = {}) {
    let flush = () => {}
    const { log: logger, accessLines: lines } = openLog({
      level: 'info',
      readable: false,
      batches: {
        schedule: () => () => {},
        onExit(given) {
          flush = given
        },
      },
      ...options,
    })
    return { logger, lines, flush: () => flush() }
  }

  it('writes text with colors, or without', () => {
    const sequence = String.fromCharCode(27)
    open({ readable: true }).logger.warning('a', { b: 1 })
    open({ readable: true, colored: false }).logger.warning('a', { b: 1 })
    assert.ok(printed[0]?.includes(sequence), printed[0])
    assert.match(printed[1] ?? '', / a \(b=1\)\s*$/)
    assert.ok(!printed[1]?.includes(sequence), printed[1])
  })

  it('writes lines of all levels to one stream, in order', () => {
    const { logger } = open()
    logger.info('a')
    logger.error('b')
    logger.warning('c')
    logger.debug('d')
    assert.deepEqual(
      printed.map((line) => JSON.parse(line).message),
      ['a', 'b', 'c'],
    )
  })

  it('writes the access log before the next other line, or at the end', () => {
    const { logger, lines, flush } = open()
    const access = createAccessLog({ log: logger, level: 'info', lines })
    access(request)
    access(request)
    assert.deepEqual(printed, [])
    logger.error('failed')
    assert.equal(printed.length, 2)
    assert.deepEqual(
      printed
        .join('\n')
        .split('\n')
        .map((line) => JSON.parse(line).message),
      ['Request answered', 'Request answered', 'failed'],
    )
    access(request)
    flush()
    assert.equal(printed.length, 3)
  })

  it('writes the access log at every level, with the thread and without members that have no value', () => {
    const { logger, lines, flush } = open({ level: 'error', thread: 3 })
    createAccessLog({ log: logger, level: 'info', lines })(request)
    flush()
    const line = JSON.parse(printed[0] ?? '')
    assert.deepEqual([line.level, line.logger], ['INFO', 'hitrate.access'])
    assert.deepEqual(line.properties, { thread: 3, ...request })
  })

  it('writes lines of the access log in the form of the others', () => {
    const unusual = {
      path: '/"\\\n\u2028\ud800\x7fé',
      requestId: '<mine>',
      client: '::1',
      bytes: 0,
      outcome: 'hit' as const,
    }
    for (const thread of [undefined, 3]) {
      for (const one of [
        request,
        { ...request, ...unusual },
        { ...request, durationMs: 1.23456, traceId: 'ab' },
      ]) {
        const { logger, lines, flush } = open({ level: 'info', ...(thread && { thread }) })
        createAccessLog({ log: logger.getChild('other'), level: 'info' })(one)
        createAccessLog({ log: logger, level: 'info', lines })(one)
        flush()
        const [other = '', access = ''] = printed
          .splice(0)
          .map((line) => line.replace(/"@timestamp":"[\d-]{10}T[\d:.]{12}Z",/, ''))
        // LogTape escapes U+007F too, which JSON does not require.
        const text = (line: string) => JSON.stringify(JSON.parse(line))
        assert.equal(text(access), text(other).replace('hitrate.other.access', 'hitrate.access'))
      }
    }
  })

  it('leaves readable lines of the access log to the formatter of the others', () => {
    const { logger, lines, flush } = open({ readable: true, colored: false })
    assert.equal(lines, undefined)
    createAccessLog({ log: logger, level: 'info', lines })(request)
    assert.deepEqual(printed, [])
    flush()
    assert.match(printed[0] ?? '', / Request answered \(method=GET /)
  })

  it('writes each line to the console by its level without batches, as on Workers', () => {
    const { info } = console
    const lines: string[] = []
    console.info = (text: string) => lines.push(text)
    createAccessLog({ ...openLog({ level: 'info', readable: false }), level: 'info' })(request)
    console.info = info
    assert.deepEqual(
      lines.map((line) => JSON.parse(line).message),
      ['Request answered'],
    )
  })

  it('escapes control characters on a terminal, but not the lines of a stack', () => {
    const { logger } = open({ readable: true })
    logger.error('failed', { path: '/\x1b[2J\x9b', error: 'Error: a\n    at b', none: undefined })
    assert.match(printed[0] ?? '', /\(path=\/\\x1b\[2J\\x9b error=Error: a\n {4}at b\)$/)
  })
})
