/** `DASHBOARD`: who gets the page at `/`. */
import * as z from 'zod'
import { isLoopback } from '../../process/access/loopback.ts'

/** `on`: everyone on this machine, without a token; `token`: who sends `METRICS_TOKEN` or `ADMIN_TOKEN`; `off`: nobody. */
export type DashboardMode = 'on' | 'token' | 'off'

export const dashboardVariable = z.enum(['on', 'token', 'off'], 'must be on, token or off').optional()

interface Values {
  DASHBOARD?: DashboardMode | undefined
  METRICS_TOKEN?: string | undefined
  ADMIN_TOKEN?: string | undefined
}

/**
 * Default on loopback: `on`, or `token` if scrapes need one, because the page shows the same figures. Elsewhere: `off`.
 * @param host `undefined` on Workers.
 */
export function dashboardMode(values: Values, host: string | undefined): DashboardMode {
  if (values.DASHBOARD !== undefined) return values.DASHBOARD
  if (!isLoopback(host)) return 'off'
  return values.METRICS_TOKEN === undefined ? 'on' : 'token'
}

/** Returns an error if the page would be open to other machines, or if there is no token for it. */
export function dashboardProblems(
  { DASHBOARD, METRICS_TOKEN, ADMIN_TOKEN }: Values,
  host: string | undefined,
): string[] {
  if (DASHBOARD === 'token' && METRICS_TOKEN === undefined && ADMIN_TOKEN === undefined) {
    return ['DASHBOARD: token needs METRICS_TOKEN or ADMIN_TOKEN: set one of them, or DASHBOARD=off']
  }
  if (DASHBOARD !== 'on' || isLoopback(host)) return []
  const reach =
    host === undefined ? 'everyone reaches a Worker' : `HOST ${host} is reachable from other machines`
  return [
    `DASHBOARD: must be token or off, because ${reach}: set DASHBOARD=token, and METRICS_TOKEN or ADMIN_TOKEN`,
  ]
}
