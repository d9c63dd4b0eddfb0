/** The reason why this operating system allows only one thread. */
import process from 'node:process'

/** Returns the end of an error message; `undefined` if the system allows several threads. */
export function singleThreadReason(platform: NodeJS.Platform = process.platform): string | undefined {
  const canSharePort = platform !== 'darwin' && platform !== 'win32'
  return canSharePort ? undefined : 'this system does not spread connections over threads, Linux does'
}
