/** The libraries that are compared. */
import type { Client } from './workload.ts'

/** Module of each library. The targets are ratios to `@prometheus-io/client`. */
const modules = {
  hitrate: './hitrate.ts',
  '@prometheus-io/client': './prom-client.ts?package=%40prometheus-io%2Fclient',
  'prom-client': './prom-client.ts?package=prom-client',
  '@platformatic/prom-client': './prom-client.ts?package=%40platformatic%2Fprom-client',
  OpenTelemetry: './opentelemetry.ts',
}

export type ClientName = keyof typeof modules

export const clientNames = Object.keys(modules) as ClientName[]

export async function loadClient(name: ClientName): Promise<Client> {
  return (await import(modules[name])).client
}
