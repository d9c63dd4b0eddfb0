/** The options of a write, and the rules that check them. */
import type { OptionRules } from '../options.ts'
import { type Lifetime, lifetimeRules } from './lifetime.ts'
import { aCodec, type Codec } from './values/codec.ts'

export interface WriteOptions<T = unknown> extends Lifetime {
  /** Encodes the value for a remote tier. The readers of the key must use the same codec. Default: JSON. */
  codec?: Codec<T>
}

export const writeRules: OptionRules<WriteOptions> = {
  ...lifetimeRules,
  codec: aCodec,
}
