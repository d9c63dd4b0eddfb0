/** The buttons of the app: plain forms, which work with and without the script. */
import type { DashboardData } from '../../data/dashboard-data.ts'
import { type Markup, markup } from '../text/markup.ts'
import { panel } from './panel.ts'

/** @param action URL of the endpoint, as in `PageLinks`. Without it there are no buttons. */
export function controlsPanel({ controls = [] }: DashboardData, action: string | undefined): Markup {
  if (controls.length === 0 || action === undefined) return markup``
  return panel({
    id: 'controls',
    title: 'Try it',
    hint: 'Buttons of this app, for development.',
    kind: 'controls',
    body: markup`<ul class="buttons">${controls.map(
      ({ label, description, isOn, result }, index) => markup`
<li><form method="post" action="${action}?button=${index}">
<button type="submit" id="control-${index}" aria-describedby="control-${index}-d"${
        isOn !== undefined && markup` aria-pressed="${String(isOn)}"`
      }>${label}${isOn && ': on'}</button></form>
<p class="note" id="control-${index}-d">${description}</p>
<p role="status" id="control-${index}-r">${result}</p></li>`,
    )}</ul>`,
  })
}
