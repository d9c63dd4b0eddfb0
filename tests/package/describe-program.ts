/** Tests of the program `hitrate` in the installed package, on Node, Bun and an old Node. */
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'
import type { Readable } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import { type Origin, openOrigin } from '../cli/check/origin.ts'
import { bin } from '../runtimes/running-service.ts'
import { filesBelow, type Manifest, readJson } from '../support/packed-package.ts'

/** @param user folder in which the package is installed. */
export function describeProgram(user: string): void {
  describe('the program hitrate', () => {
    const installed = join(user, 'node_modules/hitrate')
    const empty = mkdtempSync(join(tmpdir(), 'hitrate-program-'))
    let program: string
    let origin: Origin
    before(async () => {
      const { bin } = readJson<Manifest>(join(installed, 'package.json'))
      program = join(installed, bin.hitrate ?? '')
      origin = await openOrigin(Date.now())
    })
    after(() => {
      origin.close()
      rmSync(empty, { recursive: true })
    })

    it('is executable', () => {
      assert.equal(statSync(program).mode & 0o111, 0o111)
      assert.match(readFileSync(program, 'utf8'), /^#!\/usr\/bin\/env node\n/)
    })

    it('imports its own files and modules of Node, and nothing else', () => {
      for (const file of filesBelow(dirname(program)).filter((name) => name.endsWith('.js'))) {
        const source = readFileSync(join(dirname(program), file), 'utf8')
        const imports = /(?:\bfrom|\bimport\(?|\b(?:__)?require\()"([\w@.][^"\s]*)"|'(node:[^']+)'/g // as minified
        for (const [, name = ''] of source.matchAll(imports)) {
          assert.ok(
            name === '' || isBuiltin(name) || existsSync(join(dirname(program), name)),
            `${file}: ${name}`,
          )
        }
      }
    })

    it('has the licences of the packages inside it', () => {
      const notices = readFileSync(join(dirname(program), 'THIRD-PARTY.txt'), 'utf8')
      for (const name of ['hono', 'zod', 'ioredis', '@hono/node-server', '@logtape/logtape'])
        assert.match(notices, new RegExp(`^${name} \\d[\\d.]+ \\(MIT\\)$`, 'm'))
      assert.match(notices, /Permission is hereby granted, free of charge/)
    })

    for (const runtime of ['node', 'bun'] as const) {
      it(`checks a URL from an empty folder on ${runtime}`, async () => {
        const { code, out } = await ended(bin(runtime), [program, 'check', `${origin.url}/private`], empty)
        assert.match(out, /\nNot stored: .*\(private\)\.\n/)
        assert.equal(code, 1)
      })
    }

    for (const runtime of ['node', 'bun'] as const) {
      it(`serves a hit from two threads on ${runtime}, and stops`, async () => {
        const args = [program, '--port', '0', '--threads', '2', '--ttl', '60', origin.url]
        const child = spawn(bin(runtime), args, { cwd: empty, stdio: ['ignore', 'pipe', 'inherit'] })
        const exit = new Promise((resolve) => child.once('exit', resolve))
        const url = await listeningUrl(child.stdout)
        const statuses: string[] = []
        // The threads have a memory each, and a connection is served by one of them.
        for (let i = 0; i < 3; i++) statuses.push(await cacheStatusOf(`${url}/nothing`))
        child.kill('SIGTERM')
        assert.equal(await exit, 0)
        assert.match(statuses[0] ?? '', /^hitrate; fwd=uri-miss; ttl=\d+; stored$/)
        assert.ok(
          statuses.some((status) => status.startsWith('hitrate; hit; ')),
          statuses.join('\n'),
        )
      })
    }

    it('runs by npm exec', async () => {
      const path = `${dirname(process.execPath)}:${process.env.PATH}`
      const args = ['exec', '--offline', '--', 'hitrate', '--version']
      const { out } = await ended('npm', args, user, { ...process.env, PATH: path })
      assert.equal(out.trim(), readJson<Manifest>(join(installed, 'package.json')).version)
    })

    it('says which Node it needs on an old one', async () => {
      const old = join(empty, 'old.mjs')
      writeFileSync(
        old,
        `import process from 'node:process'
Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })
await import(${JSON.stringify(program)})`,
      )
      const { code, err } = await ended(process.execPath, [old], empty)
      assert.equal(err, 'hitrate needs Node 22.18 or newer, or Bun; this is Node 20.20.2\n')
      assert.equal(code, 1)
    })
  })
}

/** The URL in the line that says that the proxy listens. */
function listeningUrl(output: Readable): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    output.on('data', (chunk) => {
      text += chunk
      const [, url] = /"url":"([^"]+)"/.exec(text) ?? []
      if (url !== undefined) resolve(url)
    })
    output.once('end', () => reject(new Error(`It ended:\n${text}`)))
  })
}

async function cacheStatusOf(url: string): Promise<string> {
  const response = await fetch(url)
  await response.text()
  return response.headers.get('cache-status') ?? ''
}

interface Ended {
  code: unknown
  out: string
  err: string
}

function ended(command: string, args: string[], cwd: string, env = process.env): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd, env }, (error, out, err) => {
      resolve({ code: error === null ? 0 : error.code, out, err })
    })
  })
}
