/** Options of `node:tls` for the connections of a client. */
import { aBoolean, aString, type OptionRule, type OptionRules, validateOptions } from '../../../options.ts'

export interface TlsOptions {
  /** Certificates of the authorities, as PEM. Default: those of the runtime. */
  readonly ca?: string | Uint8Array | undefined
  /** Certificate of the client, as PEM. */
  readonly cert?: string | Uint8Array | undefined
  /** Private key of the client, as PEM. */
  readonly key?: string | Uint8Array | undefined
  /** Passphrase of that key. */
  readonly passphrase?: string | undefined
  /** Name in the certificate of the server. Default: the host. */
  readonly servername?: string | undefined
  /** False accepts any certificate. Default: true. */
  readonly rejectUnauthorized?: boolean | undefined
}

const pem: OptionRule = {
  expected: 'a string or a Uint8Array',
  isValid: (value) => typeof value === 'string' || value instanceof Uint8Array,
}

const rules: OptionRules<TlsOptions> = {
  ca: pem,
  cert: pem,
  key: pem,
  passphrase: aString,
  servername: aString,
  rejectUnauthorized: aBoolean,
}

/**
 * Returns the options without absent ones, `undefined` for connections without TLS.
 *
 * @throws {TypeError} naming the option.
 */
export function resolveTls(subject: string, tls: boolean | TlsOptions | undefined): TlsOptions | undefined {
  if (tls === undefined || tls === false) return undefined
  if (tls === true) return {}
  validateOptions(`${subject}: tls`, tls, rules)
  // node:tls takes `rejectUnauthorized: undefined` for false.
  return Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined))
}
