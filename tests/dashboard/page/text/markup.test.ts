import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { markup } from '../../../../src/dashboard/page/text/markup.ts'

describe('markup', () => {
  it('escapes texts, for content and for quoted attributes', () => {
    const text = `<script>alert("x")</script> & 'y'`
    assert.equal(
      markup`<td title="${text}">${text}</td>`.text,
      '<td title="&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;y&#39;">' +
        '&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;y&#39;</td>',
    )
  })

  it('shows control characters, and characters without width or with a direction, by their codes', () => {
    assert.equal(
      markup`${'a\u0000b\nc\u202ed\u200be\ud800'}`.text,
      'a\\u0000b\\u000ac\\u202ed\\u200be\\ud800',
    )
  })

  it('does not escape markup twice, and joins lists', () => {
    assert.equal(
      markup`<ul>${['a', '<b>'].map((item) => markup`<li>${item}</li>`)}</ul>`.text,
      '<ul><li>a</li><li>&lt;b&gt;</li></ul>',
    )
  })

  it('is empty for undefined and false, and writes 0', () => {
    assert.equal(markup`[${undefined}${false}${0}]`.text, '[0]')
  })
})
