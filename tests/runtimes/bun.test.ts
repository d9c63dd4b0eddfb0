import { startService } from './running-service.ts'
import { scenarioEnv, tellScenario } from './scenario.ts'

tellScenario('Bun', () => startService('bun', scenarioEnv))
