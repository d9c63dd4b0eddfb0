import { startService } from './running-service.ts'
import { describeScenario, describeStaleWhileRevalidate, describeStampede, scenarioEnv } from './scenario.ts'

describeScenario('Node', () => startService('node', scenarioEnv))
describeStaleWhileRevalidate('Node', (env) => startService('node', env))
describeStampede('Node', (env) => startService('node', env))
