/** Preloaded into a service under test: sends a second SIGINT while the service logs that it stops. */
const log = console.log

console.log = (...line: unknown[]) => {
  log(...line)
  if (String(line[0]).includes('"message":"Stopping')) process.kill(process.pid, 'SIGINT')
}
