/** In a file of its own, so that the declarations of the public function name no type of Node, which not every user has. */

/**
 * Called with each error of a server, and with `undefined` when a server that has failed answers again.
 *
 * @param name `host:port`, or the path of a Unix socket
 */
export type ServerListener = (name: string, error: unknown) => void
