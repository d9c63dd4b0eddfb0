/** The connection to which a call was bound is no longer the open one, so that its commands were not sent. */
export class ConnectionChangedError extends Error {
  override name = 'ConnectionChangedError'
}
