/** The load of the pictures: users that are read unevenly, some that do not exist, lists, and now and then a write. */

const USERS = 600
const READERS = 6

/** Creates the users and sends requests until `stop`. */
export async function startLoad(url: string): Promise<{ stop: () => void }> {
  const stopped = new AbortController()
  const startedAt = Date.now()
  for (let id = 0; id < USERS; id++) await send(url, ['POST', '/api/user', { id: `u${id}`, ...userOf(id) }])

  async function read(): Promise<void> {
    while (!stopped.signal.aborted) {
      // The rate rises and falls within about a minute.
      const burst = 6 + 4 * Math.sin((Date.now() - startedAt) / 9000)
      for (let sent = 0; sent < burst; sent++) await send(url, nextRequest())
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
  }

  void Promise.allSettled(Array.from({ length: READERS }, read))
  return { stop: () => stopped.abort() }
}

type SentRequest = readonly [method: string, path: string, body?: object]

function nextRequest(): SentRequest {
  const id = Math.floor(USERS * Math.random() ** 4)
  const kind = Math.random()
  if (kind < 0.95) return ['GET', `/api/user/u${id}`]
  if (kind < 0.98) return ['GET', '/api/users?limit=20']
  if (kind < 0.99) return ['GET', `/api/user/unknown_${id}`]
  if (kind < 0.995) return ['PUT', `/api/user/u${id}`, userOf(id)]
  return ['GET', '/health']
}

function userOf(id: number): object {
  const name = `User ${id} ${'of the pictures '.repeat(id % 6)}`.trim()
  return { name, email: `user${id}@example.com` }
}

async function send(url: string, [method, path, body]: SentRequest): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(
    url + path,
    body ? { method, headers, body: JSON.stringify(body) } : { method },
  )
  await response.arrayBuffer()
}
