/** The whole service; hits are sent from the socket. */
import { createDraining } from '../../src/process/serving/draining.ts'
import { listenOnSocket } from './listen-on-socket.ts'
import { openWithRows } from './opened.ts'

const { fetch, hits } = openWithRows()
await listenOnSocket(createDraining(fetch).fetch, hits)
