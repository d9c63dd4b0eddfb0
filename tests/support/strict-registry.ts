/** A registry for tests: each error of a metric throws, where it would only be reported. */
import { renderText } from '../../src/metrics/exposition/text.ts'
import { createRegistry, type Registry, type RegistryOptions } from '../../src/metrics/index.ts'

export function strictRegistry(options: Omit<RegistryOptions, 'onError'> = {}): Registry {
  return createRegistry({
    ...options,
    onError(error) {
      throw error
    },
  })
}

/** The metrics of the registry as text, without the count of its errors. */
export function textWithoutErrors(registry: Registry): string {
  return renderText(registry.collect()).replace(/^# HELP metrics_errors_total[\s\S]*/m, '')
}
