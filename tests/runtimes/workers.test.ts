import { startWorker } from './running-service.ts'
import { scenarioEnv, tellScenario, tellStaleStory } from './scenario.ts'

tellScenario('workerd', () => startWorker(scenarioEnv))
tellStaleStory('workerd', startWorker)
