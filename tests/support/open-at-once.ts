/** Threads that open SQLite files of users at the same moment. */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

/** Opens every path in all threads at the same moment, and returns the error messages of all threads. */
export async function openAtOnce(threads: number, paths: readonly string[]): Promise<string[]> {
  const adapter = new URL('../../src/service/users/sqlite.ts', import.meta.url).href
  const program = `import(${JSON.stringify(adapter)}).then(({ openSqliteRepository }) => {
    const { parentPort, workerData } = require('node:worker_threads')
    const { arrived, threads, paths } = workerData
    const errors = []
    for (const [index, path] of paths.entries()) {
      Atomics.add(arrived, 0, 1)
      while (Atomics.load(arrived, 0) < threads * (index + 1)) {}
      try {
        openSqliteRepository(path, { openTimeoutMs: 20_000 }).close()
      } catch (error) {
        errors.push(error.message)
      }
    }
    parentPort.postMessage(errors)
  })`
  const workerData = { arrived: new Int32Array(new SharedArrayBuffer(4)), threads, paths }
  const workers = Array.from({ length: threads }, () => new Worker(program, { eval: true, workerData }))
  const messages = await Promise.all(workers.map((worker) => once(worker, 'message')))
  await Promise.all(workers.map((worker) => worker.terminate()))
  return messages.flat(2)
}
