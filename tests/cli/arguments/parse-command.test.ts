import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseCommand } from '../../../src/cli/arguments/parse-command.ts'

const UPSTREAM = 'http://localhost:3000'

/** The message of a misuse. */
function complaint(line: string, environment: Record<string, string> = {}): string {
  const command = parseCommand(line.split(' ').filter(Boolean), environment)
  return command.name === 'misuse' ? command.message : `understood as ${command.name}`
}

/** The options that are set. */
function optionsOf(line: string, environment: Record<string, string> = {}): object {
  const command = parseCommand(line.split(' '), environment)
  if (command.name !== 'proxy') assert.fail(JSON.stringify(command))
  return Object.fromEntries(Object.entries(command.options).filter(([, value]) => value !== undefined))
}

describe('parseCommand', () => {
  it('a URL alone leaves every option to its default', () => {
    assert.deepEqual(optionsOf(UPSTREAM), { upstream: 'http://localhost:3000/' })
  })

  it('every flag becomes an option', () => {
    const line = `-p 9000 --host :: --ttl 5m --stale-if-error=1h --strip-cookies --redis redis://r --threads 4
      --max-bytes 1GiB --max-body-bytes 1MiB --timeout 5 --token 0123456789abcdef --trust-forwarded --access-log --log-level warn
      --shutdown-delay 2 ${UPSTREAM}/base`
    assert.deepEqual(optionsOf(line.replace(/\s+/g, ' ')), {
      upstream: 'http://localhost:3000/base',
      host: '::',
      port: 9000,
      ttlMs: 300_000,
      staleIfErrorMs: 3_600_000,
      stripCookies: true,
      redisUrl: 'redis://r',
      threads: 4,
      maxBytes: 2 ** 30,
      maxBodyBytes: 2 ** 20,
      timeoutMs: 5000,
      token: '0123456789abcdef',
      trustForwarded: true,
      accessLog: true,
      logLevel: 'warning',
      shutdownDelayMs: 2000,
    })
    assert.deepEqual(optionsOf(`--file cache.db ${UPSTREAM}`), {
      upstream: 'http://localhost:3000/',
      file: 'cache.db',
    })
  })

  it('a secret comes from the environment, unless the command line has it', () => {
    const environment = { HITRATE_TOKEN: 'environment-token', HITRATE_REDIS_URL: 'redis://e' }
    const { upstream, ...secrets } = optionsOf(UPSTREAM, environment) as Record<string, string>
    assert.deepEqual(secrets, { token: 'environment-token', redisUrl: 'redis://e' })
    assert.equal(
      (optionsOf(`--token command-line-token ${UPSTREAM}`, environment) as { token: string }).token,
      'command-line-token',
    )
    assert.deepEqual(optionsOf(UPSTREAM, { HITRATE_TOKEN: '' }), { upstream })
  })

  it('a mistake is one line that names the flag, what is allowed and what was given', () => {
    for (const [line, message] of [
      ['', 'the upstream is missing, for example: hitrate http://localhost:3000'],
      [`${UPSTREAM} b`, 'one upstream is expected, got http://localhost:3000 and b'],
      [
        'localhost:3000',
        'the upstream must be a URL that begins with http:// or https://: http://localhost:3000, got "localhost:3000"',
      ],
      [`--port 70000 ${UPSTREAM}`, '--port must be a whole number from 0 to 65535, got "70000"'],
      [`-p x ${UPSTREAM}`, '-p must be a whole number from 0 to 65535, got "x"'],
      [`--port --host :: ${UPSTREAM}`, '--port needs a value: --port <port>'],
      [`${UPSTREAM} --ttl`, '--ttl needs a value: --ttl <time>'],
      [
        `--ttl=-5 ${UPSTREAM}`,
        '--ttl must be a time of at most ten years in whole seconds, such as 60, 60s, 5m, 2h or 1d, got "-5"',
      ],
      [
        `--ttl -5 ${UPSTREAM}`,
        '--ttl must be a time of at most ten years in whole seconds, such as 60, 60s, 5m, 2h or 1d, got "-5"',
      ],
      [`--access-log=yes ${UPSTREAM}`, '--access-log takes no value, got "yes"'],
      [`--prot 1 ${UPSTREAM}`, '--prot is not an option; did you mean --port?'],
      [`--strip ${UPSTREAM}`, '--strip is not an option; did you mean --strip-cookies?'],
      [`--nonsense ${UPSTREAM}`, '--nonsense is not an option'],
      [`--constructor ${UPSTREAM}`, '--constructor is not an option'],
      [`-x ${UPSTREAM}`, '-x is not an option'],
      [`--ttl 5 check ${UPSTREAM}`, 'check must be the first argument: hitrate check <url>'],
      [
        `--redis redis://a --file b ${UPSTREAM}`,
        '--redis and --file exclude each other: the cache is shared in one place',
      ],
      ['http://localhost:8080', '--port must not be that of the upstream, got 8080: try --port 8081'],
      [
        '--host 10.0.0.1 -p 80 http://10.0.0.1/base',
        '--port must not be that of the upstream, got 80: try --port 81',
      ],
      ['check', 'the url is missing, for example: hitrate check https://example.com/'],
      ['check --port 1 http://a', '--port is not an option'],
      ['check -H nonsense http://a', `-H must be a header such as 'Accept-Language: de', got "nonsense"`],
    ] as const) {
      assert.equal(complaint(line), message, line)
    }
  })

  it('a mistake never repeats a secret', () => {
    for (const line of [
      'http://user:secret@localhost',
      'check http://user:secret@localhost',
      `--redis secret ${UPSTREAM}`,
      `--token secret ${UPSTREAM}`,
    ]) {
      assert.doesNotMatch(complaint(line), /secret|understood/, line)
    }
    assert.equal(
      complaint(UPSTREAM, { HITRATE_REDIS_URL: 'secret' }),
      'HITRATE_REDIS_URL must be a URL such as redis://127.0.0.1:6379 or rediss://host',
    )
  })

  it('help and version need no upstream', () => {
    assert.deepEqual(parseCommand(['--help'], {}), { name: 'help', topic: 'proxy' })
    assert.deepEqual(parseCommand(['-v'], {}), { name: 'version' })
    assert.deepEqual(parseCommand(['check', '-h'], {}), { name: 'help', topic: 'check' })
  })

  it('a check has headers, a lifetime and a time limit', () => {
    const args = [
      'check',
      '-H',
      'A: 1',
      '--header',
      'a: 2',
      '--ttl',
      '1m',
      '--json',
      '--strip-cookies',
      'http://a/b?c',
    ]
    assert.deepEqual(parseCommand(args, {}), {
      name: 'check',
      json: true,
      options: {
        url: new URL('http://a/b?c'),
        headers: [
          ['a', '1'],
          ['a', '2'],
        ],
        ttlMs: 60_000,
        stripCookies: true,
        timeoutMs: 10_000,
      },
    })
  })
})
