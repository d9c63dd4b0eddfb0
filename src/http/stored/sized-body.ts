/** On Bun: bodies of a file, a string or bytes, whose size is known before they are read. */
import { bunInspect } from '../../node-builtins.ts'

export interface SizedBody {
  /** Bytes of the body. */
  size: number
  isFile: boolean
}

/**
 * The size of the body; `undefined` for a stream, and on other runtimes. Bun's HTTP server sends the length of a file and cuts its
 * ranges, but `Response` does not show the file: the access to `body` would make it a stream. So the text form of the response
 * is searched. The body is not read.
 */
export async function sizedBody(response: Response): Promise<SizedBody | undefined> {
  const [, kind] = /^ {2}(FileRef|Blob) \(/m.exec(bunInspect?.(response) ?? '') ?? []
  if (kind === undefined) return undefined
  const { size } = await response.clone().blob()
  return { size, isFile: kind === 'FileRef' }
}
