/** Buttons of the app on its page: each calls a function of the app. */

/** A button, as an option of `dashboard()`. Who sees the page may press it, so it belongs to development. */
export interface DashboardControl {
  /** Text of the button. */
  label: string
  /** The effect, in a sentence. */
  description: string
  /** Has the effect, and returns a sentence about it, which the page shows. If it rejects, the page says that it failed. */
  action(): Promise<string>
  /** True while the effect lasts. Present only if the button toggles it. */
  isOn?(): boolean
}

/** True for a value with the members of a control. */
export function isControl(value: unknown): value is DashboardControl {
  const { label, description, action, isOn } = (value ?? {}) as Partial<DashboardControl> // `value` can be of any type
  return (
    typeof label === 'string' &&
    typeof description === 'string' &&
    typeof action === 'function' &&
    (isOn === undefined || typeof isOn === 'function')
  )
}
