/**
 * Two processes with one cache in Redis: one load for both, and an invalidation in one of them reaches the other.
 *
 *   in this repository:  redis-server & bun examples/redis-two-processes.ts
 *   in your project:     npm install hitrate ioredis && node redis-two-processes.ts
 *
 * REDIS_URL names another server than redis://127.0.0.1:6379. Bun needs no ioredis.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'
import { createCache, memoryStore } from 'hitrate'
import { redisStore } from 'hitrate/stores/redis'

type Command = 'read' | 'raise' | 'stop'

interface Answer {
  price: string
  outcome: string
  loads: number
}

if (process.send === undefined) await main()
else await runProcess()

/** One of the two processes: its cache, which answers the commands of the main process. */
async function runProcess(): Promise<void> {
  const [, , database = ''] = process.argv
  const client = await connect(process.env.REDIS_URL ?? 'redis://127.0.0.1:6379')
  const cache = createCache({
    memory: memoryStore(),
    remote: redisStore({ client }),
    remoteTimeoutMs: 500, // for a busy machine: a late answer of Redis would be one load more
    namespace: 'example',
  })
  let loads = 0

  async function loadPrice(): Promise<string> {
    loads++
    await pause(100) // a slow database
    return readFile(database, 'utf8')
  }

  process.on('message', async (command: Command) => {
    if (command === 'stop') {
      await cache.close() // ends the messages between the processes
      client.close()
      process.disconnect?.()
      return
    }
    if (command === 'raise') {
      await writeFile(database, '5')
      await cache.delete('price')
    }
    const { value, outcome } = await cache.read('price', loadPrice, { ttlMs: 60_000 })
    process.send?.({ price: value, outcome, loads } satisfies Answer)
  })
  await client.ping() // a read does not wait for the first connection, but loads
  process.send?.('ready')
}

async function connect(url: string) {
  if (process.versions.bun !== undefined) return new Bun.RedisClient(url)
  const { Redis } = await import('ioredis')
  const client = new Redis(url)
  return Object.assign(client, { close: () => client.disconnect() })
}

/** Starts the two processes, sends commands, and prints the answers. */
async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'hitrate-example-'))
  const database = join(folder, 'price') // a file stands for the database
  await writeFile(database, '3')
  const [one, two] = await Promise.all([start(database), start(database)])
  await pause(1000) // until each process has received the other's first message

  const both = await Promise.all([ask(one, 'read'), ask(two, 'read')])
  console.log('both read at once:', both.map(({ price }) => price).join(' and '))
  console.log('loads:', loadsOf(both))

  const again = await Promise.all([ask(one, 'read'), ask(two, 'read')])
  console.log('both read again:', again.map(({ outcome }) => outcome).join(' and '))

  await ask(one, 'raise')
  await pause(100) // the message takes about a millisecond
  const raised = await Promise.all([ask(one, 'read'), ask(two, 'read')])
  console.log('after a write in one:', raised.map(({ price }) => price).join(' and '))
  console.log('loads:', loadsOf(raised))

  await Promise.all([stop(one), stop(two)])
  await rm(folder, { recursive: true })
}

async function start(database: string): Promise<ChildProcess> {
  const child = fork(new URL(import.meta.url).pathname, [database])
  await once(child, 'message')
  return child
}

async function ask(child: ChildProcess, command: Command): Promise<Answer> {
  child.send(command)
  const [answer] = await once(child, 'message')
  return answer
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.send('stop')
  await ended
}

function loadsOf(answers: Answer[]): number {
  return answers.reduce((sum, { loads }) => sum + loads, 0)
}

/* Output:
both read at once: 3 and 3
loads: 1
both read again: hit and hit
after a write in one: 5 and 5
loads: 2
*/
