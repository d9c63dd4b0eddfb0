/** The images of the README are those that their script draws, so its facts (such as the version) are current. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'

const folder = join(import.meta.dirname, '../docs/images')
const { images } = (await import(pathToFileURL(join(folder, 'make-images.mjs')).href)) as {
  images: Record<string, string>
}

describe('docs/images', () => {
  for (const [name, text] of Object.entries(images)) {
    it(`${name} is as make-images.mjs draws it`, () => {
      assert.equal(readFileSync(join(folder, name), 'utf8'), text)
    })
  }

  it('has no other images', () => {
    const recorded = ['terminal.svg'] // by `npm run site:terminal`, from a run of the service
    const drawn = readdirSync(folder).filter((name) => name.endsWith('.svg') && !recorded.includes(name))
    assert.deepEqual(drawn.sort(), Object.keys(images).sort())
  })
})
