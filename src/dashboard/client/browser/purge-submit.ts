/** Sends the purge form without leaving the page. */
import { missingItems, type PurgeAnswer, purgeMessage } from '../purge-message.ts'
import { requestUrl } from '../request-url.ts'

export function sendPurgesFrom(container: Element, onPurged: () => void): void {
  container.addEventListener('submit', (event) => {
    const form = event.target
    if (!(form instanceof HTMLFormElement) || form.id !== 'purge-form') return
    event.preventDefault()
    void submit(form).then(onPurged)
  })
}

async function submit(form: HTMLFormElement): Promise<void> {
  const fields = new FormData(form)
  const text = (name: string) => String(fields.get(name) ?? '')
  const soft = fields.has('soft')
  const missing = missingItems(text('kind'), text('value'))
  if (missing !== undefined) return say(missing)
  say('Purging …')
  try {
    const response = await fetch(requestUrl(form.action, document.baseURI), {
      method: 'POST',
      headers: { accept: 'application/json' },
      body: fields, // with the token: in `Authorization` it would replace the credentials of a page behind a password
    })
    const answer: PurgeAnswer = await response.json().catch(() => ({}))
    say(purgeMessage(response.status, answer, soft))
  } catch {
    say('Not purged: the server does not answer.')
  }
}

function say(text: string): void {
  const result = document.getElementById('purge-result')
  if (result !== null) result.textContent = text
}
