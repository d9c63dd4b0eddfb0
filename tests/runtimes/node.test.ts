import { startService } from './running-service.ts'
import { scenarioEnv, tellScenario, tellStaleStory } from './scenario.ts'

tellScenario('Node', () => startService('node', scenarioEnv))
tellStaleStory('Node', (env) => startService('node', env))
