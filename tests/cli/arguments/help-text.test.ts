import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { checkFlags, type Flag, proxyFlags } from '../../../src/cli/arguments/flags.ts'
import { helpText } from '../../../src/cli/arguments/help-text.ts'
import { parseCommand } from '../../../src/cli/arguments/parse-command.ts'
import { PROXY_DEFAULTS } from '../../../src/proxy/proxy-options.ts'

describe('helpText', () => {
  it('the help of the proxy has a line for every flag', () => {
    const text = helpText('proxy')
    for (const [name, { help }] of Object.entries<Flag>(proxyFlags)) {
      assert.match(text, new RegExp(`^  (-[a-z],|   ) --${name}( <\\w+>)? {2,}`, 'm'))
      assert.ok(text.includes(help), name)
    }
  })

  for (const topic of ['proxy', 'check'] as const) {
    it(`the examples in the help of ${topic} are understood`, () => {
      const [, examples = ''] = /^Examples:\n((?: {2}.+\n)+)/m.exec(helpText(topic)) ?? []
      const lines = examples.trim().split('\n')
      assert.equal(lines.length, 3)
      for (const line of lines) {
        const [command = ''] = line.split(' | ')
        const [program, ...args] = (command.match(/'[^']*'|\S+/g) ?? []).map((word) =>
          word.replaceAll("'", ''),
        )
        assert.equal(program, 'hitrate')
        assert.notEqual(parseCommand(args, {}).name, 'misuse', line)
      }
    })

    it(`no line in the help of ${topic} is wider than 100 characters`, () => {
      const wide = helpText(topic)
        .split('\n')
        .filter((line) => line.length > 100)
      assert.deepEqual(wide, [])
    })
  }
})

describe('docs/proxy', () => {
  for (const [page, table] of [
    ['quick-start', proxyFlags],
    ['check', checkFlags],
  ] as const) {
    it(`${page}.md lists every flag`, () => {
      const text = readFileSync(new URL(`../../../docs/proxy/${page}.md`, import.meta.url), 'utf8')
      const listed = [...text.matchAll(/^\| `--([\w-]+)/gm)].map(([, name]) => name)
      const flags = Object.keys(table).filter((name) => page === 'quick-start' || name !== 'help')
      assert.deepEqual(listed.sort(), flags.sort())
    })
  }
})

describe('the defaults in the help', () => {
  it('are those of the proxy', () => {
    const text = helpText('proxy')
    const { host, port, threads, maxBytes, maxBodyBytes, timeoutMs } = PROXY_DEFAULTS
    const shown = { host, port, threads, timeout: timeoutMs / 1000 }
    for (const [name, value] of Object.entries(shown)) {
      assert.match(text, new RegExp(`--${name} <.*\\(${value}\\)$`, 'm'))
    }
    assert.match(text, new RegExp(`--max-bytes <.*\\(${maxBytes / 2 ** 20}MiB\\)$`, 'm'))
    assert.match(text, new RegExp(`--max-body-bytes <.*\\(${maxBodyBytes / 2 ** 20}MiB\\)$`, 'm'))
  })
})
