/** `httpMetrics` on workerd: streams, sizes and WebSockets pass it unchanged, and are counted. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type RunningService, startWorkerProgram } from './running-service.ts'
import { scrapeValues } from './scrape-values.ts'

describe('httpMetrics on workerd', () => {
  let service: RunningService
  before(async () => {
    service = await startWorkerProgram('tests/runtimes/truth/worker.ts')
  })
  after(() => service.end('SIGTERM'))

  const get = (path: string) => fetch(service.url + path, { headers: { 'accept-encoding': 'identity' } })

  it('responses are those of the handlers', async () => {
    const json = await get('/json')
    assert.deepEqual([json.headers.get('content-length'), await json.text()], ['10', '{"a":"é"}'])
    const own = await get('/own')
    assert.deepEqual([own.headers.get('content-length'), await own.text()], ['3', 'own'])
    assert.equal(await (await get('/stream')).text(), 'hello')
    assert.equal(await (await get('/sse/1')).text(), 'data: a\n\ndata: b\n\n')
    const socket = new WebSocket(`${service.url.replace('http', 'ws')}/socket`)
    const message = await new Promise((resolve, reject) => {
      socket.onmessage = ({ data }) => resolve(data)
      socket.onerror = reject
    })
    socket.close()
    assert.equal(message, 'hello')
  })

  it('each request is counted once, streams with their bytes', async () => {
    const samples = await scrapeValues(service.url)
    const counted = (route: string, status = 200) =>
      samples.get(`http_request_duration_seconds_count{method="GET",route="${route}",status="${status}"}`)
    const bytes = (route: string) =>
      samples.get(`http_response_size_bytes_sum{method="GET",route="${route}"}`)
    assert.deepEqual(
      ['/json', '/own', '/stream', '/sse/:id'].map((route) => counted(route)),
      [1, 1, 1, 1],
    )
    assert.equal(counted('/socket', 101), 1)
    assert.deepEqual(['/json', '/stream', '/sse/:id'].map(bytes), [10, 5, 18])
    assert.equal(samples.get('http_requests_in_flight'), 0)
  })
})
