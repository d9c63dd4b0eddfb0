/** Texts that no process makes again. Each begins with `c`, so that no client takes it for a number or JSON. */
export function uniqueTexts(): () => string {
  let prefix: string | undefined
  let count = 0
  return () => {
    // Not before the first use, because Workers have no random numbers at the start.
    prefix ??= `c${crypto.randomUUID().replaceAll('-', '').slice(0, 24)}`
    return `${prefix}.${count++}`
  }
}
