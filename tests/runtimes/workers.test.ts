import { startWorker } from './running-service.ts'
import { scenarioEnv, tellScenario } from './scenario.ts'

tellScenario('workerd', () => startWorker(scenarioEnv))
