/** The buttons of the app on its page: their state, and the endpoint that presses them. */
import type { Context } from 'hono'
import { problem } from '../../http/endpoints/problem.ts'
import type { ControlState } from '../data/dashboard-data.ts'
import { isCrossSite } from '../purge/cross-site.ts'
import type { DashboardControl } from './control.ts'

export class ControlButtons {
  readonly #controls: readonly DashboardControl[]
  /** The effect of the last press of each button. */
  readonly #results = new Map<DashboardControl, string>()

  constructor(controls: readonly DashboardControl[]) {
    this.#controls = controls
  }

  states(): ControlState[] {
    return this.#controls.map((control) => {
      const { label, description } = control
      const result = this.#results.get(control)
      return {
        label,
        description,
        ...(control.isOn && { isOn: control.isOn() }),
        ...(result !== undefined && { result }),
      }
    })
  }

  /** Answers the form of a button: does its action, then leads back to the page, which shows the result. */
  readonly press = async (c: Context): Promise<Response> => {
    if (isCrossSite(c.req.raw.headers, c.req.url)) {
      return problem(403, 'A button must be pressed on the page itself', NO_STORE)
    }
    const control = this.#controls[Number(c.req.query('button') || Number.NaN)]
    if (control === undefined) return problem(404, 'There is no such button', NO_STORE)
    this.#results.set(control, await resultOf(control))
    return new Response(null, { status: 303, headers: { ...NO_STORE.headers, location: './' } })
  }
}

const NO_STORE = { headers: { 'cache-control': 'no-store' } }

async function resultOf(control: DashboardControl): Promise<string> {
  try {
    return await control.action()
  } catch (error) {
    return `Failed: ${error instanceof Error ? error.message : String(error)}`
  }
}
