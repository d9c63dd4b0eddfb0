/** A server in a thread, which gets its requests as messages. A real one listens on the port that all threads share. */
import { once } from 'node:events'
import { parentPort, Worker } from 'node:worker_threads'
import type { Server } from './visitors.ts'

interface Question {
  id: number
  url: string
  method: string
  headers: [string, string][]
  body: string | null
}

interface Answer {
  id: number
  status: number
  headers: [string, string][]
  body: string | null
}

/** In the thread: answers with the app, and says when the work behind a response has ended. */
export function answerMessages(fetch: Server): void {
  parentPort?.on('message', async ({ id, url, ...init }: Question) => {
    const background: Promise<unknown>[] = []
    const context = {
      waitUntil: (work: Promise<unknown>) => void background.push(work),
      passThroughOnException() {},
      props: {},
    }
    const response = await fetch(new Request(url, init), {}, context)
    const { status } = response
    const isEmpty = status === 204 || status === 304 // these may have no body, not even an empty one
    const body = isEmpty ? null : await response.text()
    parentPort?.postMessage({ id, status, headers: [...response.headers], body } satisfies Answer)
    await Promise.all(background)
    parentPort?.postMessage({ id })
  })
  parentPort?.postMessage('ready')
}

/** Starts a program in a thread. Resolves when its server is ready. */
export async function startThread(program: string, workerData: unknown) {
  const worker = new Worker(new URL(program), { workerData })
  const answered = new Map<number, (answer: Answer) => void>()
  const ended = new Map<number, () => void>()
  let requests = 0
  await once(worker, 'message')

  worker.on('message', (message: Answer | { id: number }) => {
    if ('status' in message) answered.get(message.id)?.(message)
    else ended.get(message.id)?.()
  })

  const fetch: Server = async (request, _env, context) => {
    const id = requests++
    const { url, method } = request
    const answer = new Promise<Answer>((resolve) => answered.set(id, resolve))
    context.waitUntil(new Promise<void>((resolve) => ended.set(id, resolve)))
    const body = method === 'GET' ? null : await request.text()
    worker.postMessage({ id, url, method, headers: [...request.headers], body } satisfies Question)
    const { status, headers, body: sent } = await answer
    return new Response(sent, { status, headers })
  }
  return { fetch, stop: () => worker.terminate() }
}
