import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as flagValue from '../../../src/cli/arguments/flag-value.ts'

type Parse = (text: string) => { value: unknown } | { problem: string }

function accepts(parse: Parse, cases: Record<string, unknown>): void {
  for (const [text, value] of Object.entries(cases)) assert.deepEqual(parse(text), { value }, text)
}

function refuses(parse: Parse, problem: RegExp, texts: string[]): void {
  for (const text of texts) {
    const parsed = parse(text)
    assert.match('problem' in parsed ? parsed.problem : 'accepted', problem, text)
  }
}

describe('the values of flags', () => {
  it('a time is in seconds or has a unit', () => {
    accepts(flagValue.seconds, { 0: 0, 60: 60, '60s': 60, '5m': 300, '2h': 7200, '1d': 86_400, '007': 7 })
    refuses(flagValue.seconds, /^must be a time .* such as 60, 60s, 5m, 2h or 1d$/, [
      ...['', ' ', '-1', '1.5', '1e3', '60 s', '5min', 'm', '1h30m', 'forever', '99999d', '0x10'],
    ])
  })

  it('a positive time is not 0', () => {
    accepts(flagValue.positiveSeconds, { 1: 1 })
    refuses(flagValue.positiveSeconds, /^must be at least 1 second$/, ['0', '0m'])
  })

  it('a port is a number up to 65535', () => {
    accepts(flagValue.port, { 0: 0, 8080: 8080, 65535: 65_535 })
    refuses(flagValue.port, /^must be a whole number from 0 to 65535$/, ['65536', '-1', 'http', ''])
  })

  it('threads are 1 to 64', () => {
    accepts(flagValue.threads, { 1: 1, 64: 64 })
    refuses(flagValue.threads, /^must be a whole number from 1 to 64$/, ['0', '65', 'auto'])
  })

  it('a size is as in the configuration of the service', () => {
    accepts(flagValue.size, { '64MiB': 67_108_864, 2048: 2048 })
    refuses(flagValue.size, /^must be (a number of bytes|at least 1KiB)/, ['64MB', '1', 'auto'])
    accepts(flagValue.sizeOrAuto, { '1GiB': 2 ** 30, auto: 'auto' })
  })

  it('a host may have the brackets of an IPv6 address', () => {
    accepts(flagValue.host, { localhost: 'localhost', '[::1]': '::1', '::': '::', '0.0.0.0': '0.0.0.0' })
    refuses(flagValue.host, /^must be a host name or an address/, ['', 'a b', 'http://a', '8080'])
  })

  it('a URL of Redis has one of four schemes', () => {
    const url = 'rediss://user:secret@host:6380/1'
    accepts(flagValue.redisUrl, { [url]: url, 'valkey://localhost': 'valkey://localhost' })
    refuses(flagValue.redisUrl, /^must be a URL such as redis:\/\/127\.0\.0\.1:6379/, [
      'localhost:6379',
      'http://a',
      '',
    ])
  })

  it('a header has a name and a value', () => {
    accepts(flagValue.header, {
      'Accept-Language: de': ['accept-language', 'de'],
      'X-A:b:c ': ['x-a', 'b:c'],
      'X-Empty:': ['x-empty', ''],
    })
    refuses(flagValue.header, /^must be a header such as /, [
      '',
      ':',
      'no colon',
      'a b: c',
      'X: a\nb',
      'X-é: a',
    ])
  })

  it('a level is one of four words', () => {
    accepts(flagValue.logLevel, { warn: 'warning', warning: 'warning', debug: 'debug' })
    refuses(flagValue.logLevel, /^must be debug, info, warn or error$/, ['', 'WARN', 'trace'])
  })

  it('a text is not empty', () => {
    accepts(flagValue.text, { ' a ': 'a' })
    refuses(flagValue.text, /^must not be empty$/, ['', ' '])
  })
})
