import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  ANSWER_SECONDS,
  allowAnswerTime,
  IDLE_SECONDS,
} from '../../../../src/process/runtimes/requests/answer-time.ts'

const request = new Request('http://localhost/')

/** Records the calls of Bun's `server.timeout`. */
function timedServer() {
  const seconds: number[] = []
  return { seconds, timeout: (_: Request, value: number) => void seconds.push(value) }
}

describe('allowAnswerTime', () => {
  it('gives the connection more time until the handler has answered', async () => {
    const server = timedServer()
    const handler = Promise.withResolvers<Response>()
    const answer = allowAnswerTime(server, request, handler.promise)
    assert.deepEqual(server.seconds, [ANSWER_SECONDS])
    const response = new Response()
    handler.resolve(response)
    assert.equal(await answer, response)
    assert.deepEqual(server.seconds, [ANSWER_SECONDS, IDLE_SECONDS])
  })

  it('restores the limit for idle connections after a failure', async () => {
    const server = timedServer()
    const answer = allowAnswerTime(server, request, Promise.reject(new Error('handler failed')))
    await assert.rejects(answer, /handler failed/)
    assert.deepEqual(server.seconds, [ANSWER_SECONDS, IDLE_SECONDS])
  })
})
