import { startService } from './running-service.ts'
import { scenarioEnv, tellScenario, tellStaleStory, tellStampede } from './scenario.ts'

tellScenario('Node', () => startService('node', scenarioEnv))
tellStaleStory('Node', (env) => startService('node', env))
tellStampede('Node', (env) => startService('node', env))
