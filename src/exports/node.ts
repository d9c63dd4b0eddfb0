/** The public names of `hitrate/node`: the front for servers of `node:http` and `node:net`. */
export {
  type FrontListenerOptions,
  frontListener,
  type RequestListener,
} from '../http/front/front-listener.ts'
export { type FrontServerOptions, frontServer } from '../http/socket/front-server.ts'
export type { SocketServer } from '../http/socket/socket-server.ts'
