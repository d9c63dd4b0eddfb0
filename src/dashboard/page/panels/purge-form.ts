/** The form that purges entries. It works without a script, as a plain POST. */
import type { DashboardData } from '../../data/dashboard-data.ts'
import { type Markup, markup } from '../text/markup.ts'
import { panel } from './panel.ts'

const KINDS = [
  ['urls', 'URL'],
  ['tags', 'Tag'],
  ['prefixes', 'Prefix'],
  ['all', 'Everything'],
] as const

/** @param action URL of the endpoint, as in `PageLinks` */
export function purgePanel({ purge }: DashboardData, action: string): Markup {
  if (purge === undefined) return markup``
  return panel({
    id: 'purge',
    title: 'Purge',
    hint: 'Removes stored responses, or makes them stale.',
    kind: 'purge',
    body: markup`<form method="post" action="${action}" id="purge-form" autocomplete="off">
<fieldset class="choices"><legend class="hidden">Purge by</legend>${KINDS.map(
      ([kind, name], index) =>
        markup`<label><input type="radio" name="kind" value="${kind}"${index === 0 && markup` checked`}><span>${name}</span></label>`,
    )}</fieldset>
<label class="value"><span class="hidden">URLs, tags or prefixes, one per line</span>
<textarea name="value" rows="1" spellcheck="false" placeholder="/api/user/42 · one per line"></textarea></label>
<p class="everything note">Every stored response of the caches on this page.</p>
${
  purge.needsToken &&
  markup`<label class="token"><span>Token</span><input type="password" name="token" autocomplete="off" required></label>
`
}<div class="actions"><label class="soft" title="Entries stay, and may be served while a new response is loaded"><input type="checkbox" name="soft" value="on"><span>Soft: only make stale</span></label>
<button type="submit">Purge</button></div>
</form>
<p role="status" id="purge-result" data-keep></p>`,
  })
}
