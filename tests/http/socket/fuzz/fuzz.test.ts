import assert from 'node:assert/strict'
import process from 'node:process'
import { describe, it } from 'node:test'
import { rounds } from '../../../support/rounds.ts'
import { describeDifference, explain } from './explain.ts'
import { fuzz } from './fuzz.ts'
import { generateScripts } from './generate/generate-script.ts'
import { type Fault, faults, faultyListener } from './play/faulty-listener.ts'
import { playResets } from './play/resets.ts'
import { references, tested } from './play/runtime-listeners.ts'
import type { Script } from './script.ts'

const SEED = Number(process.env.HITRATE_SEED ?? Math.floor(Math.random() * 2 ** 31))
const REQUESTS = Number(process.env.HITRATE_REQUESTS ?? rounds(600, 2000))

/** Names of the requests that show each fault. */
const showing: Readonly<Record<Fault, RegExp>> = {
  'answers only the first pipelined request': /plain \| plain/,
  'ignores Content-Length': /a body that looks like a request/,
  'ignores Transfer-Encoding': /GET of chunks/,
  'uses the last of two Hosts': /two Hosts/,
  'accepts no Host': /no Host/,
  'joins folded lines': /fold/,
  'accepts bare LF': /LF/,
  'accepts a space before the colon': /spelling|an odd byte after a name|a field with a meaning/,
  'accepts control bytes': /control byte|odd byte|odd line/,
  'keeps the connection open after Connection: close': /Connection: close/,
  'answers HTTP/1.0': /HTTP\/1\.0/,
  'ignores conditions': /If-/,
  'ignores Range': /Range/,
  'answers twice': /plain/,
  'counts twice': /plain/,
  'drops an incomplete request': /plain/,
  'repeats the last response of the connection': /plain/,
  'answers HEAD with a body': /HEAD/,
  'loses the bytes of a handed over request': /plain/,
  'sends the header fields of another response': /plain/,
  'accepts a header block of any size': /a large field/,
}

const namesOf = ({ rounds }: Script) =>
  rounds.map(({ parts }) => parts.map(({ name }) => name).join(' | ')).join('; ')

const isBun = process.versions.bun !== undefined
const pool = [...generateScripts(1, 12_000)]

/** The scripts of a fixed seed whose names match. */
function scriptsWith(names: RegExp): Script[] {
  return pool.filter((script) => names.test(namesOf(script)))
}

describe('fuzz()', () => {
  it('the listeners do what the server of the runtime does with each generated script', async () => {
    console.log(`HITRATE_SEED=${SEED}`)
    const { difference } = await fuzz({ scripts: generateScripts(SEED, REQUESTS), references, tested })
    // npm run fuzz -- --seed ... --requests 1 finds a shorter script.
    if (difference !== undefined) assert.fail(describeDifference(difference))
  })

  for (const listener of tested) {
    it(`${listener.name} survives clients that reset their connections`, async () => {
      assert.deepEqual(await playResets(listener, generateScripts(SEED, rounds(80, 200))), [])
    })
  }

  it('a small listener without a fault has no difference', async () => {
    const scripts = generateScripts(1, 300)
    const { difference, requests, responses } = await fuzz({
      scripts,
      references: references.slice(0, 1),
      tested: [faultyListener()],
    })
    assert.equal(difference && describeDifference(difference), undefined)
    assert.ok(requests >= 300 && responses > requests / 2)
  })

  // The fuzzer itself is the same program on both runtimes.
  for (const fault of isBun ? [] : faults) {
    it(`a listener that ${fault} is found`, async () => {
      const scripts = scriptsWith(showing[fault])
      const { difference } = await fuzz({
        scripts,
        references: references.slice(0, 1),
        tested: [faultyListener(fault)],
      })
      assert.equal(difference?.listener, fault)
    })
  }
})

describe('explain()', () => {
  it('the text has the shortest script and what both servers did', async () => {
    const listeners = { references: references.slice(0, 1), tested: [faultyListener('ignores conditions')] }
    const { difference } = await fuzz({ scripts: scriptsWith(/If-None-Match \*/), ...listeners })
    assert.ok(difference !== undefined)
    const text = await explain(difference, listeners)
    assert.match(
      text,
      /^ignores conditions: response 1 \(200 .*\): status 200, not 304\n {2}references:\n {4}304/,
    )
    assert.match(
      text,
      /round 1: If-None-Match \*\n {4}"GET .* HTTP\/1\.1\\r\\nHost: [\w.:]+\\r\\nIf-None-Match: \*\\r\\n\\r\\n"$/,
    )
  })
})
