import { startService } from './running-service.ts'
import { scenarioEnv, tellScenario, tellStaleStory, tellStampede } from './scenario.ts'

tellScenario('Bun', () => startService('bun', scenarioEnv))
tellStaleStory('Bun', (env) => startService('bun', env))
tellStampede('Bun', (env) => startService('bun', env))
