import type { TransparencyCase } from './observe.ts'
export const middlewareCases: TransparencyCase[] = []
