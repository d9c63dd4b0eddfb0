/** Phases of a process: decides its readiness. */

/** `starting` until all threads listen; `stopping` from the first signal on. A thread that is replaced does not change the phase. */
export type Phase = 'starting' | 'ready' | 'stopping'

/** A phase that a process can change to. */
export type NextPhase = Exclude<Phase, 'starting'>
