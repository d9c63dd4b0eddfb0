import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import {
  explainDetail,
  explainedDetails,
  explainedForwardReasons,
  explainForward,
} from '../../../../src/cli/check/words/details.ts'

const page = readFileSync(new URL('../../../../docs/reference/cache-status.md', import.meta.url), 'utf8')

/** The words in backticks that begin the rows of a section's tables. */
function wordsOf(title: string): string[] {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${title}\n`)) ?? ''
  return [...section.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, word = '']) => word)
}

describe('explainDetail', () => {
  it('every documented detail has an explanation, and no other word has one', () => {
    const known = explainedDetails.filter((word) => !word.startsWith('depends-on-'))
    assert.deepEqual(known.sort(), wordsOf('detail').sort())
  })

  it('an undeclared header is named', () => {
    const { cause, remedy } = explainDetail('depends-on-accept-language')
    assert.equal(
      cause,
      'the response was made from the request header accept-language, which Vary does not name',
    )
    assert.match(remedy ?? '', /^Send Vary: accept-language/)
    assert.match(explainDetail('depends-on-cookie').remedy ?? '', /--strip-cookies/)
  })

  it('an unknown word is shown as it is', () => {
    for (const word of ['new-word', 'constructor']) {
      assert.deepEqual(explainDetail(word), { cause: `hitrate says detail=${word}` })
    }
  })

  it('a cause ends a sentence without a period, and a remedy is a sentence', () => {
    for (const word of explainedDetails) {
      const { cause, remedy } = explainDetail(word)
      assert.match(cause, /[^.]$/, word)
      if (remedy !== undefined) assert.match(remedy, /^[A-Z].*\.$/, word)
    }
  })
})

describe('explainForward', () => {
  it('every documented reason has an explanation, and no other word has one', () => {
    assert.deepEqual([...explainedForwardReasons].sort(), wordsOf('fwd').sort())
    assert.equal(explainForward('constructor'), 'hitrate says fwd=constructor')
  })
})
