/** Connections to the upstream, as the proxy opens them on this runtime. */
import process from 'node:process'
import type { Send } from '../../proxy/upstream/send.ts'

export async function openConnections(): Promise<Send> {
  if (process.versions.bun !== undefined) return (await import('../../proxy/upstream/bun-send.ts')).bunSend
  return (await import('../../proxy/upstream/node-send.ts')).nodeConnections().send
}
