/** The names of entries in a remote tier: one for each key and namespace, whatever characters they have. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { nameOf } from '../../../src/cache/remote/entry-name.ts'
import { processes } from '../../support/shared-tier/processes.ts'

describe('the name of an entry in a remote tier', () => {
  it('keys can be long, have any characters, or look like hashes', async () => {
    const { process, read, remote } = processes()
    const keys = ['a b', 'ü', 'x'.repeat(8000), 'line\nfeed', '#abc']
    const one = process()
    for (const key of keys) await read(one, key)
    assert.equal(remote.entries.size, keys.length)
    for (const entry of remote.entries.keys()) assert.match(entry.split(' ')[1] ?? '', /^[\x21-\x7e]{1,250}$/)
    const two = process()
    for (const key of keys) assert.equal((await read(two, key))[2], 'remote', key)
    await one.delete('a b')
    assert.equal((await read(process(), 'a b'))[1], 'miss')
  })

  it('line feeds, which mark the tags of responses, stay readable and different from all other names', async () => {
    assert.equal(nameOf('\nu/a'), '#nu/a')
    const texts = ['\nu/a', '#nu/a', 'nu/a', 'u/a\n', '\n\nu/a', '\n'.repeat(100), '\n'.repeat(101)]
    const names = await Promise.all(texts.map(nameOf))
    assert.equal(new Set(names).size, texts.length)
    for (const name of names) assert.match(name, /^[\x21-\x7e]{1,250}$/)
  })

  it('keys that UTF-8 would make equal stay different', async () => {
    const { process } = processes()
    const keys = ['\ud800', '\udbff', '\ufffd', '\ud800\ud800']
    const one = process()
    for (const key of keys) await one.write(key, key.length + key.charCodeAt(0))
    const two = process()
    for (const key of keys) {
      const read = await two.read(key, () => assert.fail('the value is stored'))
      assert.equal(read.value, key.length + key.charCodeAt(0))
    }
  })

  it('the namespaces of caches are separate in a remote tier', async () => {
    const { process } = processes()
    const cache = (namespace: string) => process({ namespace })
    const [a, b] = [cache('a'), cache('b')]
    await a.write('key', 'of a')
    await b.write('key', 'of b')
    await b.clear()
    const read = await cache('a').read('key', () => 'loaded')
    assert.deepEqual([read.value, read.tier], ['of a', 'remote'])
    assert.equal((await cache('b').read('key', () => 'loaded')).value, 'loaded')
  })
})
