/** Four processes, 250 readers each, one cold key: one load in all of them, on each store. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, it } from 'node:test'
import { bin, type ProcessRuntime } from '../../runtimes/running-service.ts'
import type { Address } from '../stores/kind/address.ts'
import { storeNames, storeSkips, storeStarts } from '../stores/start-store.ts'
import type { ColdReads } from './read-cold-key.ts'

const processes: ProcessRuntime[] = ['node', 'bun', 'node', 'bun']

for (const name of storeNames) {
  describe(`a cold key on ${name}`, { skip: storeSkips[name], timeout: 60_000 }, () => {
    it(`four processes of 250 readers make one load with ${name}, and every reader gets its value`, async () => {
      const { address, end } = await storeStarts[name]()
      try {
        const readers = processes.map((runtime) => startReaders(runtime, address))
        await Promise.all(readers.map(({ ready }) => ready))
        for (const { begin } of readers) begin()
        const counts = await Promise.all(readers.map(({ counts }) => counts))
        await Promise.all(readers.map(({ stop }) => stop()))
        assert.equal(sum(counts.map(({ loads }) => loads)), 1)
        assert.equal(sum(counts.map(({ wrong }) => wrong)), 0)
        assert.equal(sum(counts.map(({ outcomes }) => outcomes.miss ?? 0)), 1)
        assert.equal(sum(counts.map(({ outcomes }) => outcomes.error ?? 0)), 0)
      } finally {
        await end()
      }
    })
  })
}

function startReaders(runtime: ProcessRuntime, address: Address) {
  const flags = runtime === 'node' ? ['--disable-warning=ExperimentalWarning'] : []
  const program = join(import.meta.dirname, 'read-cold-key.ts')
  const child = spawn(bin(runtime), [...flags, program, JSON.stringify(address)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const ready = Promise.withResolvers<void>()
  const counts = Promise.withResolvers<ColdReads>()
  const ended = Promise.withResolvers<void>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line === 'ready') ready.resolve()
    else counts.resolve(JSON.parse(line))
  })
  child.once('close', (code) => {
    process.off('exit', kill)
    ready.reject(new Error(`${runtime} ended with ${code} before it was ready`))
    counts.reject(new Error(`${runtime} ended with ${code} before it had read`))
    ended.resolve()
  })
  counts.promise.catch(() => {}) // a failure before it is awaited
  return {
    ready: ready.promise,
    counts: counts.promise,
    begin: () => child.stdin.write('begin\n'),
    stop() {
      child.stdin.end()
      return ended.promise
    },
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
