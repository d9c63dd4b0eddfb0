import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Logger } from '@logtape/logtape'
import { sharedMemoryBus } from '../../../src/cache/invalidation/shared-memory-bus.ts'
import type { ThreadStart } from '../../../src/process/threads/messages.ts'
import type { SupervisedThread, ThreadEnd } from '../../../src/process/threads/supervised-thread.ts'
import { Supervisor } from '../../../src/process/threads/supervisor.ts'
import { readConfig } from '../../../src/service/startup/config.ts'

/** A thread that listens and ends when the test resolves its promises. It obeys the commands that it gets. */
function fakeThread(start: ThreadStart) {
  const listening = Promise.withResolvers<number | undefined>()
  const ready = Promise.withResolvers<void>()
  const closed = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<ThreadEnd>()
  const commands: string[] = []
  const thread: SupervisedThread = {
    listening: listening.promise,
    ready: ready.promise,
    closed: closed.promise,
    ended: ended.promise,
    send(command) {
      commands.push(command)
      if (command === 'ready') ready.resolve()
      if (command === 'closeListener') closed.resolve()
      if (command === 'finish') ended.resolve({ drained: true, reason: 'stopped' })
    },
  }
  return {
    start,
    thread,
    commands,
    listen: (port: number) => listening.resolve(port),
    end(reason: string, drained = false) {
      listening.resolve(undefined)
      ready.resolve()
      closed.resolve()
      ended.resolve({ drained, reason })
    },
  }
}

function testSupervisor(isStopRequested: () => boolean = () => false) {
  const threads: ReturnType<typeof fakeThread>[] = []
  const pauses: number[] = []
  const lines: string[] = []
  const write = (line: string) => void lines.push(line)
  const supervisor = new Supervisor(
    {
      config: readConfig({ THREADS: '2', PORT: '0', CACHE_MAX_BYTES: '4096' }, { defaultHost: '127.0.0.1' }),
      log: { info: write, error: write } as unknown as Logger, // the supervisor calls nothing else
      startedAt: 0,
      readable: false,
      isStopRequested,
    },
    (start) => {
      const started = fakeThread(start)
      threads.push(started)
      return started.thread
    },
    async (ms) => void pauses.push(ms),
  )
  const thread = (index: number) => threads[index] ?? assert.fail(`thread ${index} was not started`)

  /** Starts the supervisor, whose threads listen on port 4000. */
  async function start(): Promise<void> {
    const started = supervisor.start()
    thread(0).listen(4000)
    await flush()
    thread(1).listen(4000)
    assert.equal(await started, 4000)
  }

  return { supervisor, threads, thread, pauses, lines, start }
}

/** Runs all promise callbacks that are due. */
function flush(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

describe('Supervisor', () => {
  it('starts the first thread alone, and the others on its port with equal shares of the cache', async () => {
    const { supervisor, threads, thread } = testSupervisor()
    const started = supervisor.start()
    await flush()
    assert.equal(threads.length, 1)
    assert.equal(thread(0).start.config.port, 0)
    thread(0).listen(4000)
    await flush()
    assert.deepEqual(
      threads.map(({ start: { thread, config } }) => [thread, config.port, config.cache.maxBytes]),
      [
        [0, 0, 2048],
        [1, 4000, 2048],
      ],
    )
    thread(1).listen(4000)
    assert.equal(await started, 4000)
  })

  it('rejects with the reason when a thread cannot start', async () => {
    const { supervisor, thread } = testSupervisor()
    const started = supervisor.start()
    thread(0).end('The database is damaged')
    await assert.rejects(started, { name: 'StartError', message: 'The database is damaged' })
  })

  it('replaces a dead thread under the same index, with pauses that double', async () => {
    const { threads, thread, pauses, lines, start } = testSupervisor()
    await start()
    thread(1).end('died')
    await flush()
    thread(2).end('died before it listened')
    await flush()
    thread(3).listen(4000)
    await flush()
    assert.deepEqual(
      threads.map(({ start }) => start.thread),
      [0, 1, 1, 1],
    )
    assert.deepEqual(pauses, [100, 200])
    assert.deepEqual(lines, [
      'A thread ended and will be replaced',
      'A thread ended and will be replaced',
      'A thread was replaced',
    ])
  })

  it('clears the caches of the other threads when one dies', async () => {
    const { thread, start } = testSupervisor()
    await start()
    const bus = sharedMemoryBus(thread(0).start.invalidationMemory, 0)
    const applied: unknown[] = []
    bus.take((invalidation) => applied.push(invalidation))
    assert.equal(applied.length, 0)
    thread(1).end('died')
    await flush()
    bus.take((invalidation) => applied.push(invalidation))
    assert.deepEqual(applied, ['everything'])
  })

  it('says that all threads are ready once the last one listens', async () => {
    const { supervisor, thread } = testSupervisor()
    const started = supervisor.start()
    thread(0).listen(4000)
    await flush()
    assert.deepEqual([thread(0).start.phase, thread(1).start.phase], ['starting', 'starting'])
    assert.deepEqual(thread(0).commands, [])
    thread(1).listen(4000)
    await started
    assert.deepEqual([thread(0).commands, thread(1).commands], [['ready'], ['ready']])
  })

  it('starts a replacement in the phase of the others', async () => {
    const { supervisor, thread, start } = testSupervisor()
    await start()
    thread(1).end('died')
    await flush()
    assert.equal(thread(2).start.phase, 'ready')
    supervisor.setPhase('stopping')
    thread(0).end('died')
    await flush()
    assert.equal(thread(3).start.phase, 'stopping')
    assert.deepEqual(thread(2).commands, ['stopping'])
  })

  it('starts no further thread, and says to none that it is ready, once a stop is requested', async () => {
    const { supervisor, threads, thread } = testSupervisor(() => true)
    const started = supervisor.start()
    thread(0).listen(4000)
    assert.equal(await started, 4000)
    assert.deepEqual([threads.length, thread(0).commands], [1, []])
  })

  it('closes all listeners before a thread finishes its requests, and replaces no thread', async () => {
    const { supervisor, threads, thread, start } = testSupervisor()
    await start()
    const close = Promise.withResolvers<void>()
    Object.assign(thread(0).thread, { closed: close.promise })
    let areClosed = false
    const closing = supervisor.closeListeners().then(() => {
      areClosed = true
    })
    await flush()
    assert.equal(areClosed, false)
    close.resolve()
    await closing
    assert.equal(await supervisor.finish(), true)
    await flush()
    assert.equal(threads.length, 2)
    for (const { commands } of threads) assert.deepEqual(commands, ['ready', 'closeListener', 'finish'])
  })

  it('returns false from finish() when a thread had unfinished requests', async () => {
    const { supervisor, thread, lines, start } = testSupervisor()
    await start()
    thread(1).thread.send = () => thread(1).end('timed out', false)
    await supervisor.closeListeners()
    assert.equal(await supervisor.finish(), false)
    assert.deepEqual(lines, ['A thread ended with unfinished requests'])
  })

  it('returns false from finish() when a thread dies while the listeners close', async () => {
    const { supervisor, thread, start } = testSupervisor()
    await start()
    const closing = supervisor.closeListeners()
    thread(1).end('died')
    await closing
    assert.equal(await supervisor.finish(), false)
  })
})
