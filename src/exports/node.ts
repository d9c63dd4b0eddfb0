/** The public names of `hitrate/node`: the front for servers of `node:http`. */
export {
  type FrontListenerOptions,
  frontListener,
  type RequestListener,
} from '../http/front/front-listener.ts'
