/** Declares metrics from the options of the registry's methods. */
import type { Families } from './families.ts'
import { ComputedFamily, type Value, type Values } from './kinds/computed.ts'
import { BindableCounter, type Counter } from './kinds/counter.ts'
import { BindableGauge, type Gauge } from './kinds/gauge.ts'
import { BindableHistogram, type Histogram } from './kinds/histogram.ts'
import { checkScale, checkShape, type HistogramShape } from './kinds/histogram-shape.ts'
import { BindableInfo, type Info, type InfoSpecs } from './kinds/info.ts'
import { mergeRuleOf } from './kinds/merge-rule.ts'
import type { CallbackRuns } from './kinds/metric-callback.ts'
import type { PerThreadGauges } from './kinds/per-thread-gauges.ts'
import {
  type Combination,
  type CommonOptions,
  checkMetricOptions,
  type Declaration,
  declarationOf,
} from './series/declaration.ts'
import { callbackDiffers, declaredAlready, noCallbackDiffers } from './series/declared-differently.ts'
import type { ErrorReports } from './series/error-reports.ts'
import type { MergeRule } from './series/family.ts'
import type { LabelSpecs } from './series/labels.ts'

/** The options of any overload of the registry's methods. */
export type AnyOptions = CommonOptions & {
  readonly value?: Value['value']
  readonly values?: Values<LabelSpecs>['values']
  readonly threads?: Combination
  readonly merge?: MergeRule
  readonly scale?: number
}

export type DeclarationsParts = {
  readonly families: Families
  readonly perThread: PerThreadGauges
  readonly runs: CallbackRuns
  readonly errors: ErrorReports
  /** Clock in epoch ms. */
  readonly now: () => number
}

export class Declarations {
  readonly #families: Families
  readonly #perThread: PerThreadGauges
  readonly #runs: CallbackRuns
  readonly #errors: ErrorReports
  readonly #now: () => number
  /** The objects that the methods have returned for metrics with labels: an equal declaration returns the same. */
  readonly #bindable = new Map<object, unknown>()

  constructor({ families, perThread, runs, errors, now }: DeclarationsParts) {
    this.#families = families
    this.#perThread = perThread
    this.#runs = runs
    this.#errors = errors
    this.#now = now
  }

  counter(options: AnyOptions): BindableCounter<LabelSpecs> | Counter | undefined {
    checkMetricOptions('counter', options)
    const { name, scale } = options
    if (scale !== undefined) checkScale(name, scale)
    const declaration = declarationOf('counter', options, scale === undefined ? {} : { scale })
    if (options.value || options.values) return this.#computed(declaration, options)
    const family = this.#families.declare(declaration)
    return options.labels === undefined ? family.only : this.#once(family, () => new BindableCounter(family))
  }

  gauge(options: AnyOptions): BindableGauge<LabelSpecs> | Gauge | undefined {
    checkMetricOptions('gauge', options)
    const { name, value, values, labels, threads } = options
    if (threads !== undefined && !['sum', 'max', 'latest'].includes(threads)) {
      throw new TypeError(`${name}: threads must be sum, max or latest, got ${JSON.stringify(threads)}`)
    }
    const callback = value ?? values
    const rule = mergeRuleOf(options)
    if (callback && threads === undefined) {
      return this.#computed(declarationOf('gauge', options, rule), options)
    }
    const declaration = declarationOf('gauge', options, { threads: threads ?? 'sum', ...rule })
    if (callback) return this.#computedPerThread(declaration, options, callback)
    const family = this.#families.declare(declaration)
    if (this.#perThread.has(name)) throw declaredAlready(declaration, declaration, callbackDiffers)
    return labels === undefined ? family.only : this.#once(family, () => new BindableGauge(family))
  }

  #computed(declaration: Declaration, options: AnyOptions): undefined {
    checkCallback(declaration, options)
    const { name } = declaration
    const earlier = this.#families.declarationOf(name)
    if (earlier && this.#perThread.has(name)) throw declaredAlready(earlier, declaration)
    const callback = (options.value ?? options.values) as Value['value'] // `checkCallback` found one of them
    const created = () => {
      let overflow: Counter | undefined
      const family = new ComputedFamily(declaration, callback, {
        runs: this.#runs,
        now: this.#now,
        onOverflow: () => overflow?.inc(),
      })
      if (declaration.labels.some(([, values]) => typeof values === 'number')) {
        overflow = this.#families.overflowsOf(name)
      }
      return family
    }
    const family = this.#families.declareComputed(declaration, created)
    family.callback.replace(callback)
    this.#errors.reset(name)
  }

  #computedPerThread(
    declaration: Declaration & { readonly type: 'gauge' },
    options: AnyOptions,
    callback: (...given: never[]) => unknown,
  ): undefined {
    checkCallback(declaration, options)
    const { name } = declaration
    const earlier = this.#families.declarationOf(name)
    if (earlier && !this.#perThread.has(name)) throw declaredAlready(earlier, declaration, noCallbackDiffers)
    // With `threads`, neither callback has parameters.
    this.#perThread.declare(this.#families.declare(declaration), callback as () => unknown)
    this.#errors.reset(name)
  }

  histogram(options: CommonOptions & HistogramShape): BindableHistogram<LabelSpecs> | Histogram {
    checkMetricOptions('histogram', options)
    const shape = checkShape(options.name, options)
    const family = this.#families.declare(declarationOf('histogram', options, shape))
    return options.labels === undefined
      ? family.only
      : this.#once(family, () => new BindableHistogram(family))
  }

  info(options: Omit<CommonOptions, 'labels'> & { readonly labels: InfoSpecs }): Info<InfoSpecs> {
    checkMetricOptions('info', options)
    const { name, help } = options
    const { specs, constant } = specsOf(options.labels)
    const family = this.#families.declare(declarationOf('info', { name, help, labels: specs }))
    if (family.isClosed && family.series.length === 1) family.only.show()
    return new BindableInfo(family, constant)
  }

  #once<T>(family: object, create: () => T): T {
    const existing = this.#bindable.get(family) as T | undefined // each family has objects of one class
    const object = existing ?? create()
    this.#bindable.set(family, object)
    return object
  }
}

function checkCallback({ name, labels, scale }: Declaration, { value, values }: AnyOptions): void {
  if (scale !== undefined) throw new TypeError(`${name}: scale is for counters without value and values`)
  const isValid = labels.length === 0 ? value && !values : values && !value
  if (!isValid)
    throw new TypeError(`${name}: a metric without labels takes value, one with labels takes values`)
}

/**
 * Converts the labels of an info to the form of other metrics. `constant` holds the values of labels that were declared
 * as a string.
 */
function specsOf(labels: InfoSpecs): { specs: LabelSpecs; constant: Record<string, string> } {
  const constant: Record<string, string> = {}
  const specs = Object.fromEntries(
    Object.entries(labels).map(([name, spec]) => {
      if (typeof spec !== 'string') return [name, spec]
      constant[name] = spec
      return [name, [spec]]
    }),
  )
  return { specs, constant }
}
