/** The metrics of one registry: those that were declared here, and those that other threads have told of. */
import type { ComputedFamily } from './kinds/computed.ts'
import { type CounterSeries, counterKind } from './kinds/counter.ts'
import { type GaugeSeries, gaugeKind } from './kinds/gauge.ts'
import { type HistogramSeries, histogramKind } from './kinds/histogram.ts'
import { type InfoSeries, infoKind } from './kinds/info.ts'
import type { CellAllocator } from './series/cell-allocator.ts'
import { type Declaration, namesOf } from './series/declaration.ts'
import { overflowValue } from './series/labels.ts'
import type { PeerCells } from './series/series.ts'
import { type Handle, type Kind, StoredFamily } from './series/stored-family.ts'

/** The handle of one series, by the metric's type. */
type Handles = { counter: CounterSeries; gauge: GaugeSeries; histogram: HistogramSeries; info: InfoSeries }

const overflows: Declaration = {
  type: 'counter',
  name: 'metrics_label_overflows_total',
  help: `Label lookups that were answered with "${overflowValue}" because a label had reached its maximum of values.`,
  labels: [['metric', Number.MAX_SAFE_INTEGER]],
}

export class Families {
  /** Why what this thread shows could not be the truth: another one counts something else by the same name. */
  conflict: Error | undefined
  readonly #allocator: CellAllocator
  readonly #beforeNewValue: () => void
  #all: (StoredFamily | ComputedFamily)[] = []
  readonly #stored = new Map<string, StoredFamily>()
  readonly #owners = new Map(namesOf(overflows).map((name) => [name, 'the registry itself']))
  #overflows: StoredFamily<CounterSeries> | undefined

  /** @param beforeNewValue called before a label value is taken for a new one */
  constructor(allocator: CellAllocator, beforeNewValue: () => void) {
    this.#allocator = allocator
    this.#beforeNewValue = beforeNewValue
  }

  /** @throws when the name is taken, or another thread has declared it differently */
  declare<T extends keyof Handles>(
    declaration: Declaration & { readonly type: T },
    arena: PeerCells['arena'] | undefined,
  ): StoredFamily<Handles[T]> {
    const known = this.#stored.get(declaration.name)
    if (known === undefined || known.isDeclared) this.#claim(declaration)
    else if (!isSame(known.declaration, declaration)) throw differs(known.declaration, declaration)
    const family = known ?? this.#add(declaration)
    this.#settle(family, arena)
    if (declaration.labels.some(([, values]) => typeof values === 'number'))
      this.overflowsOf(declaration.name, arena)
    return family as unknown as StoredFamily<Handles[T]> // made for this very type
  }

  #settle(family: StoredFamily, arena: PeerCells['arena'] | undefined): void {
    family.prepare(arena)()
    family.isDeclared = true
  }

  /** @throws when the name is taken */
  declareComputed(family: ComputedFamily): void {
    this.#claim({ type: family.type, name: family.head.name })
    this.#all.push(family)
  }

  /** The metric that another thread has declared so; undefined when it cannot be shown beside what there is here. */
  find(declaration: Declaration): StoredFamily | undefined {
    const known = this.#stored.get(declaration.name)
    if (known !== undefined && isSame(known.declaration, declaration)) return known
    try {
      if (known !== undefined) throw differs(declaration, known.declaration)
      if (declaration.name !== overflows.name) this.#claim(declaration)
      return this.#add(declaration)
    } catch (error) {
      this.conflict ??= error as Error // ours: neither of the two throws anything else
      return undefined
    }
  }

  /**
   * Gives the metrics of this thread their cells anew: its allocator has changed.
   * @throws {RangeError} when there is no room; then everything counts on where it did
   */
  relocate(arena: PeerCells['arena']): void {
    const declared = [...this.#stored.values()].filter((family) => family.isDeclared)
    const moves = declared.map((family) => family.prepare(arena))
    for (const move of moves) move()
  }

  /** Forgets what other threads have told. */
  dropPeers(): void {
    this.conflict = undefined
    for (const family of this.#stored.values()) {
      family.dropPeers()
      if (!family.isDeclared) this.#remove(family.head.name)
    }
  }

  #remove(name: string): void {
    this.#stored.delete(name)
    this.#all = this.#all.filter(({ head }) => head.name !== name)
    for (const [taken, owner] of this.#owners) if (owner === name) this.#owners.delete(taken)
  }

  /** In the order of their declaration; what the registry says of itself comes last. */
  get all(): readonly (StoredFamily | ComputedFamily)[] {
    const own = this.#stored.get(overflows.name)
    return own === undefined ? this.#all : [...this.#all, own]
  }

  #add(declaration: Declaration): StoredFamily {
    const family = this.#make(declaration)
    this.#stored.set(declaration.name, family)
    if (declaration.name !== overflows.name) this.#all.push(family)
    return family
  }

  #make(declaration: Declaration): StoredFamily {
    const allocator = this.#allocator
    switch (declaration.type) {
      case 'counter':
        return this.#family<CounterSeries>(declaration, (family) => counterKind(family, allocator))
      case 'gauge':
        return this.#family<GaugeSeries>(declaration, (family) => gaugeKind(family, allocator))
      case 'histogram':
        return this.#family<HistogramSeries>(declaration, (family) => histogramKind(family, allocator))
      case 'info':
        return this.#family<InfoSeries>(declaration, infoKind)
    }
  }

  #family<H extends Handle>(
    declaration: Declaration,
    kind: (family: StoredFamily<H>) => Kind<H>,
  ): StoredFamily<H> {
    const onOverflow = () => this.#overflows?.bind({ metric: declaration.name }).inc()
    return new StoredFamily({
      declaration,
      allocator: this.#allocator,
      kind,
      beforeNewValue: this.#beforeNewValue,
      onOverflow,
    })
  }

  /** How often the metric's labels overflowed is shown from its declaration on. */
  overflowsOf(metric: string, arena: PeerCells['arena'] | undefined): CounterSeries {
    if (this.#overflows === undefined) {
      const known = this.#stored.get(overflows.name) ?? this.#add(overflows)
      this.#settle(known, arena)
      this.#overflows = known as unknown as StoredFamily<CounterSeries> // as it is declared
    }
    return this.#overflows.bind({ metric })
  }

  #claim({ type, name }: Pick<Declaration, 'type' | 'name'>): void {
    const names = namesOf({ type, name })
    for (const wanted of names) {
      const owner = this.#owners.get(wanted)
      if (owner !== undefined) throw new Error(`${name}: the name ${wanted} is taken by ${owner}`)
    }
    for (const wanted of names) this.#owners.set(wanted, name)
  }
}

function isSame(a: Declaration, b: Declaration): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

function differs(there: Declaration, here: Declaration): Error {
  const keys = ['type', 'help', 'unit', 'labels', 'threads', 'buckets', 'scale', 'schema'] as const
  const different = keys.filter((key) => JSON.stringify(there[key]) !== JSON.stringify(here[key]))
  const details = different.map(
    (key) => `${key} ${JSON.stringify(there[key])}, not ${JSON.stringify(here[key])}`,
  )
  return new Error(`${here.name}: another thread has declared it differently: ${details.join('; ')}`)
}
