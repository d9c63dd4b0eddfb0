/** Preloaded into a service under test: sends a second SIGINT while the service logs that it stops. */
const info = console.info

console.info = (...line: unknown[]) => {
  info(...line)
  if (String(line[0]).includes('"message":"Stopping')) process.kill(process.pid, 'SIGINT')
}
