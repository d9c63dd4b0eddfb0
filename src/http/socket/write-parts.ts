/** Writes a head and a body to a socket in one system call. */
import type { Socket } from 'node:net'
import { isBun } from '../../node-builtins.ts'

/** Longest body in bytes that is joined with its head on Bun, whose `cork` takes longer. A longer one costs more to copy. */
const MAX_JOINED_LENGTH = 65_536

/** @param head Latin-1. */
export function writeParts(socket: Socket, head: string, body: Uint8Array): void {
  if (isBun && body.length <= MAX_JOINED_LENGTH) {
    socket.write(joinedBytes(head, body))
    return
  }
  socket.cork()
  socket.write(head, 'latin1')
  socket.write(body)
  socket.uncork()
}

/** Joins a text in Latin-1, bytes, and another text in Latin-1. */
export function joinedBytes(head: string, body: Uint8Array, tail = ''): Uint8Array {
  const bytes = Buffer.allocUnsafe(head.length + body.length + tail.length)
  bytes.write(head, 0, 'latin1')
  bytes.set(body, head.length)
  if (tail !== '') bytes.write(tail, head.length + body.length, 'latin1')
  return bytes
}
