import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { packageDocument, relativeLinks } from '../../tools/package-document.ts'

const document = `
[a page](docs/page.md#part), [below](#below), [elsewhere](https://example.com/x), [mail](mailto:a@example.com)
[![a badge](docs/badge.svg)](LICENSE)
<picture><source srcset="./docs/dark.svg"><img src="docs/light.svg"></picture> <a href="docs/">docs</a>
Code: \`a[i](b)\`
\`\`\`ts
const link = '[code](docs/code.md)'
\`\`\`
[named]: docs/named.md
`

describe('a document of the package', () => {
  it('has absolute links in place of the relative ones', () => {
    const page = (path: string) => `https://github.com/me/it/blob/v1.2.3/${path}`
    const raw = (path: string) => `https://raw.githubusercontent.com/me/it/v1.2.3/${path}`
    assert.equal(
      packageDocument(document, 'https://github.com/me/it', 'v1.2.3'),
      `
[a page](${page('docs/page.md#part')}), [below](#below), [elsewhere](https://example.com/x), [mail](mailto:a@example.com)
[![a badge](${raw('docs/badge.svg')})](${page('LICENSE')})
<picture><source srcset="${raw('docs/dark.svg')}"><img src="${raw('docs/light.svg')}"></picture> <a href="${page('docs/')}">docs</a>
Code: \`a[i](b)\`
\`\`\`ts
const link = '[code](docs/code.md)'
\`\`\`
[named]: ${page('docs/named.md')}
`,
    )
  })
})

describe('relativeLinks', () => {
  it('returns the paths of relative links, without anchors', () => {
    assert.deepEqual(relativeLinks(document), [
      'docs/page.md',
      'docs/badge.svg',
      'LICENSE',
      './docs/dark.svg',
      'docs/light.svg',
      'docs/',
      'docs/named.md',
    ])
  })
})
