#!/usr/bin/env node
/**
 * Starts the program `hitrate`. An old Node parses this file, but none that imports newer modules of Node: those load after the
 * check. The build puts the oldest version that works in place of 0.0.
 */
import process from 'node:process'
import { fileURLToPath } from 'node:url'

var oldest = '0.0'.split('.').map(Number)
var version = process.versions.node.split('.').map(Number)

if (
  !process.versions.bun &&
  (version[0] < oldest[0] || (version[0] === oldest[0] && version[1] < oldest[1]))
) {
  console.error(
    `hitrate needs Node ${oldest.join('.')} or newer, or Bun; this is Node ${process.versions.node}`,
  )
  process.exit(1)
}
// Threads start with this file, too; the command may be a link to it.
process.argv[1] = fileURLToPath(import.meta.url)
import('./main.js').catch((error) => {
  console.error(error)
  process.exit(1)
})
