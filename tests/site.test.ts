/** The lists and addresses of the site in site/, which `npm run site:check` builds and checks as a whole. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { summaryOf } from '../site/llms.ts'
import { missingPages, readNavigation } from '../site/navigation.ts'
import { anchorOf, linkTarget, siteUrl } from '../site/page-urls.ts'
import { sidebarsOf } from '../site/sidebars.ts'
import { root } from './runtimes/running-service.ts'

const docs = join(root, 'docs')
const index = readFileSync(join(docs, 'README.md'), 'utf8')

describe('the sidebar of the site', () => {
  it('has every page of docs/', () => {
    assert.deepEqual(missingPages(index, globSync('**/*.md', { cwd: docs })), [])
  })

  it('misses a page that the index does not list, other than the front page and the index', () => {
    assert.deepEqual(missingPages('## A\n\n[B](b.md)\n', ['index.md', 'README.md', 'b.md', 'c/d.md']), [
      'docs/README.md: c/d.md is missing below a heading',
    ])
  })

  it('has the sections of the index, with titles and what the index says', () => {
    const text =
      '# All\n\n[no](no.md)\n\n## One\n\n| [A](a.md) | of `x`, [y](b.md) |\n\n## Two\n\n[A](a.md), [B](b/c.md)\n'
    assert.deepEqual(readNavigation(text), [
      { title: 'One', pages: [{ title: 'A', path: 'a.md', about: 'of x, y' }] },
      { title: 'Two', pages: [{ title: 'B', path: 'b/c.md', about: '' }] },
    ])
  })
})

describe('the sidebar of a folder', () => {
  it('shows its section, and leads to the others', () => {
    const text = '## One\n\n[A](a/b.md), [C](a/c.md)\n\n## Two\n\n[D](d.md)\n'
    const one = { text: 'A', link: '/a/b/' }
    const sidebars = sidebarsOf(readNavigation(text))
    assert.deepEqual(Object.keys(sidebars), ['/pages/', '/a/', '/d/'])
    assert.deepEqual(sidebars['/a/'], [
      { text: 'One', items: [one, { text: 'C', link: '/a/c/' }] },
      { text: 'Other sections', items: [{ text: 'Two', link: '/d/' }] },
    ])
  })
})

describe('the addresses of the site', () => {
  it('end with a slash, so that any file server has them', () => {
    assert.deepEqual(['index.md', 'README.md', 'guide/why.md', 'proofs/README.md', 'a.md'].map(siteUrl), [
      '/',
      '/pages/',
      '/guide/why/',
      '/proofs/',
      '/a/',
    ])
  })

  it('are those of links between pages, and those on GitHub of other files', () => {
    const links = [
      'quick-start.md#limits',
      '../README.md',
      '#here',
      'https://hono.dev',
      '../../deploy/grafana/',
      '../../package.json',
    ]
    assert.deepEqual(
      links.map((link) => linkTarget('guide/why.md', link)),
      [
        '/guide/quick-start/#limits',
        '/pages/',
        '#here',
        'https://hono.dev',
        'https://github.com/hitrate/hitrate/tree/main/deploy/grafana/',
        'https://github.com/hitrate/hitrate/blob/main/package.json',
      ],
    )
  })

  it('have the anchors of GitHub', () => {
    assert.equal(anchorOf('The `Cache-Status` header, in 3 words!'), 'the-cache-status-header-in-3-words')
  })
})

describe('the summary of a page', () => {
  it('is its first paragraph as plain text', () => {
    assert.equal(summaryOf('# Title\n\n```ts\nX\n```\n\nA `cache` of\n[x](y.md).\n\nMore\n'), 'A cache of x.')
  })

  it('may begin with a name in lower case', () => {
    assert.equal(
      summaryOf('# Title\n\nhitrate stores.\n\n**[Start](start.md)** · Proofs\n'),
      'hitrate stores.',
    )
  })
})
