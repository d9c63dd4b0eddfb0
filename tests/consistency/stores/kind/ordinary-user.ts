/** Runs processes as an ordinary user, also in tests that run as root, as in a container. */
import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import process from 'node:process'

/** The id of `nobody`, which owns nothing. */
const NOBODY = 65_534

export const isRoot = process.getuid?.() === 0

/** Options of a process that runs as an ordinary user. */
export const ordinaryUser: { uid?: number; gid?: number } = isRoot ? { uid: NOBODY, gid: NOBODY } : {}

/** The reason why an ordinary user cannot run this program, or false. */
export function skipUnlessReadable(): string | false {
  if (!isRoot) return false
  for (let path = import.meta.dirname; ; path = dirname(path)) {
    if ((statSync(path).mode & 0o005) !== 0o005) return `only root can read ${path}`
    if (path === dirname(path)) return false
  }
}
