/** Words for the state of the connection. */
import { period } from '../page/text/durations.ts'

export type Connection =
  | { readonly state: 'live' }
  /** @property forMs time since the figures that are shown */
  | { readonly state: 'old'; readonly status?: number; readonly forMs: number; readonly retryInMs: number }
  | { readonly state: 'changed' }

/** For `changed`, a link to reload the page follows. */
export function connectionText(connection: Connection): string {
  switch (connection.state) {
    case 'live':
      return 'Live'
    case 'changed':
      return 'The server has another version.'
    case 'old':
      return `${reason(connection.status)} Figures are ${period(connection.forMs)} old; next try in ${period(connection.retryInMs)}.`
  }
}

function reason(status: number | undefined): string {
  if (status === undefined) return 'The server does not answer.'
  if (status === 401 || status === 403) return 'The server wants a token: reload the page.'
  return `The server answers ${status}.`
}
