import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openCheckParts } from '../../src/cli/check/open-check-parts.ts'
import { type Printed, runCli } from '../../src/cli/run-cli.ts'
import type { ProxyOptions } from '../../src/proxy/proxy-options.ts'
import type { UpstreamResponse } from '../../src/proxy/upstream/send.ts'
import { version } from '../../src/version.ts'

interface Given {
  environment?: Record<string, string>
  isTerminal?: boolean
  /** Headers of the upstream; absent if it does not answer. */
  headers?: Record<string, string>
}

function runLine(
  line: string,
  { environment = {}, isTerminal = false, headers }: Given = {},
): Promise<ProxyOptions | Printed> {
  return runCli({
    args: line.split(' ').filter(Boolean),
    environment,
    isTerminal,
    checkParts: async (options) =>
      openCheckParts(
        options,
        () => answer(headers),
        () => 0,
      ),
  })
}

async function answer(headers: Record<string, string> | undefined): Promise<UpstreamResponse> {
  if (headers !== undefined)
    return { status: 200, headers: new Headers(headers), body: new Response('x').body }
  throw Object.assign(new Error('no'), { code: 'ECONNREFUSED' })
}

async function printedBy(line: string, given?: Given): Promise<Printed> {
  const result = await runLine(line, given)
  if ('upstream' in result) assert.fail('it starts a proxy')
  return result
}

describe('hitrate', () => {
  it('prints its version', async () => {
    assert.deepEqual(await printedBy('--version'), { out: `${version}\n`, err: '', exitCode: 0 })
  })

  it('prints its help', async () => {
    const { out, exitCode } = await printedBy('--help')
    assert.match(out, /^hitrate: a caching proxy/)
    assert.equal(exitCode, 0)
    assert.match((await printedBy('check --help')).out, /^hitrate check: /)
  })

  it('prints a mistake and where the help is, on standard error', async () => {
    assert.deepEqual(await printedBy('--port x http://a'), {
      out: '',
      err: 'hitrate: --port must be a whole number from 0 to 65535, got "x"\nSee hitrate --help\n',
      exitCode: 2,
    })
    assert.match((await printedBy('check')).err, /\nSee hitrate check --help\n$/)
  })

  it('returns the options of a proxy', async () => {
    const result = await runLine('--port 1 http://a')
    assert.ok('upstream' in result)
    assert.equal(result.port, 1)
  })
})

describe('hitrate check', () => {
  const stored = { headers: { 'cache-control': 'max-age=60', date: new Date(0).toUTCString() } }

  it('ends with 0 if the response is stored, and with 1 if it is not', async () => {
    const { out, err, exitCode } = await printedBy('check http://a/', stored)
    assert.match(out, /^http:\/\/a\/\n200, .*\n\nStored: fresh for 60 s\.\n/)
    assert.deepEqual({ err, exitCode }, { err: '', exitCode: 0 })
    assert.equal((await printedBy('check http://a/', { headers: {} })).exitCode, 1)
  })

  it('ends with 2 if there is no response', async () => {
    assert.deepEqual(await printedBy('check http://a/'), {
      out: '',
      err: 'hitrate: Nothing listens at a: the connection was refused\n',
      exitCode: 2,
    })
  })

  it('prints JSON', async () => {
    const { out } = await printedBy('check --json http://a/', stored)
    assert.equal(JSON.parse(out).stored, true)
    const failed = await printedBy('check --json http://a/')
    assert.deepEqual(JSON.parse(failed.out), {
      url: 'http://a/',
      failure: 'Nothing listens at a: the connection was refused',
    })
    assert.equal(failed.err, '')
  })

  it('has colours on a terminal, unless NO_COLOR is set', async () => {
    const hasColours = async (given: Given) =>
      (await printedBy('check http://a/', { ...stored, ...given })).out.includes('\u001b')
    assert.equal(await hasColours({ isTerminal: true }), true)
    assert.equal(await hasColours({ isTerminal: false }), false)
    assert.equal(await hasColours({ isTerminal: true, environment: { NO_COLOR: '1' } }), false)
  })
})
