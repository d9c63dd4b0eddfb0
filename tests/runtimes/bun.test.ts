import { startService } from './running-service.ts'
import { describeScenario, describeStaleWhileRevalidate, describeStampede, scenarioEnv } from './scenario.ts'

describeScenario('Bun', () => startService('bun', scenarioEnv))
describeStaleWhileRevalidate('Bun', (env) => startService('bun', env))
describeStampede('Bun', (env) => startService('bun', env))
