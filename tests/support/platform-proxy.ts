/** Bindings of a Worker in a workerd of the test's own, offline and in memory. */
import { importTool } from './tools.ts'

export interface PlatformProxy<Env> {
  env: Env
  dispose(): Promise<void>
}

interface Wrangler {
  getPlatformProxy<Env>(options: { configPath: string; persist: false }): Promise<PlatformProxy<Env>>
}

/** @param configPath a wrangler.json that names the bindings */
export async function getPlatformProxy<Env>(options: {
  configPath: string
  persist: false
}): Promise<PlatformProxy<Env>> {
  const wrangler = await importTool<Wrangler>('wrangler')
  return wrangler.getPlatformProxy<Env>(options)
}
