/** The counters of one scrape, including each bucket, count and sum of a histogram. None of them may fall. */
import type { RunningService } from '../running-service.ts'
import { send } from './threaded-service.ts'

/** Scrapes over a new connection; by name with labels, as printed. */
export async function counters(service: RunningService): Promise<Map<string, number>> {
  const text = await (await send(service, '/metrics')).text()
  const rising = new Set<string>()
  for (const [, name, type] of text.matchAll(/^# TYPE (\S+) (counter|histogram)$/gm)) {
    if (type === 'counter') rising.add(`${name}`)
    else for (const part of ['bucket', 'count', 'sum']) rising.add(`${name}_${part}`)
  }
  const samples = [...text.matchAll(/^([a-zA-Z_:][\w:]*)(\{.*\})? (\S+)$/gm)]
  return new Map(
    samples.flatMap(([, name = '', labels = '', value]) =>
      rising.has(name) ? [[name + labels, Number(value)] as const] : [],
    ),
  )
}
