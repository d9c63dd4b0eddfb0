/** The script of the page: keeps its figures current while the page is visible. */
import type { DashboardData, History } from '../../data/dashboard-data.ts'
import type { PageLinks } from '../../page/page-links.ts'
import { pageParts } from '../../page/page-parts.ts'
import { type Connection, connectionText } from '../connection-text.ts'
import { Feed } from '../feed.ts'
import { joinedHistory } from '../joined-history.ts'
import { requestUrl } from '../request-url.ts'
import { patch } from './patch.ts'
import { sendPurgesFrom } from './purge-submit.ts'

/** Ids of the elements that contain the parts. */
const PLACES = {
  top: 'top',
  links: 'links',
  attention: 'attention',
  caches: 'caches',
  process: 'process-grid',
} as const

/** Samples are kept for at least the default history of a server. */
const KEPT_MS = 900_000

class StatusError extends Error {
  readonly status: number

  constructor(status: number) {
    super(`The server answers ${status}`)
    this.status = status
  }
}

const { source = '', purge = '', control, example } = document.body.dataset
const links: PageLinks = {
  css: '',
  js: '',
  data: source,
  purge,
  ...(control !== undefined && { control }),
  ...(example !== undefined && { example }),
}
const shown = new Map<string, string>()
let history: History = { everyMs: 1000, samples: [] }
let keptMs = KEPT_MS
let version: string | undefined
let answeredAt = Date.now()

const feed = new Feed({
  load,
  onData(data) {
    answeredAt = Date.now()
    version ??= data.build?.version
    if (version !== data.build?.version) return show({ state: 'changed' })
    render(data)
    show({ state: 'live' })
  },
  onFailure({ error, retryInMs }) {
    const forMs = Date.now() - answeredAt
    show({ state: 'old', forMs, retryInMs, ...(error instanceof StatusError && { status: error.status }) })
  },
  setTimer(call, ms) {
    const timer = setTimeout(call, ms)
    return () => clearTimeout(timer)
  },
})

async function load(since: number | undefined, signal: AbortSignal): Promise<DashboardData> {
  const url = requestUrl(source, document.baseURI)
  if (since !== undefined) url.searchParams.set('since', String(since))
  const response = await fetch(url, { signal, cache: 'no-store', headers: { accept: 'application/json' } })
  if (!response.ok) throw new StatusError(response.status)
  return response.json()
}

function render(data: DashboardData): void {
  const { samples } = data.history
  const [first] = samples
  const last = samples.at(-1)
  // The first answer has the whole history, which shows how long the server keeps it.
  if (history.samples.length === 0 && first !== undefined && last !== undefined)
    keptMs = Math.max(KEPT_MS, last.at - first.at)
  history = joinedHistory(history, data.history, keptMs)
  for (const [part, { text }] of Object.entries(pageParts({ ...data, history }, links))) {
    const element = document.getElementById(PLACES[part as keyof typeof PLACES])
    if (element === null || shown.get(part) === text) continue
    shown.set(part, text)
    patch(element, text)
  }
}

function show(connection: Connection): void {
  const element = document.getElementById('connection')
  if (element === null) return
  document.body.dataset.state = connection.state
  element.dataset.state = connection.state
  const text = connectionText(connection)
  if (element.textContent === text) return
  element.textContent = text
  if (connection.state === 'changed') element.append(' ', reloadLink())
}

function reloadLink(): HTMLAnchorElement {
  const link = document.createElement('a')
  link.href = ''
  link.textContent = 'Reload'
  return link
}

function followVisibility(): void {
  if (document.visibilityState === 'visible') feed.start()
  else feed.stop()
}

document.addEventListener('visibilitychange', followVisibility)
window.addEventListener('online', () => followVisibility())
const process = document.getElementById('process-grid')
if (process !== null) sendPurgesFrom(process, () => feed.start())
followVisibility()
