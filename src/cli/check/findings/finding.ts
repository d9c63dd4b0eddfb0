/** One fact about a response, in words. */

export const topics = ['storage', 'directives', 'variants', 'validators', 'caches', 'advice'] as const
export type Topic = (typeof topics)[number]

export interface Finding {
  topic: Topic
  /** `warning`: something that costs hits or sends a wrong response. */
  level: 'info' | 'warning'
  /** Subject of the text, such as a header. */
  name: string
  text: string
}

export function info(topic: Topic, name: string, text: string): Finding {
  return { topic, level: 'info', name, text }
}

export function warning(topic: Topic, name: string, text: string): Finding {
  return { topic, level: 'warning', name, text }
}
