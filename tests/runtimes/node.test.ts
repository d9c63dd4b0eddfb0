import { startService } from './running-service.ts'
import { scenarioEnv, tellScenario } from './scenario.ts'

tellScenario('Node', () => startService('node', scenarioEnv))
