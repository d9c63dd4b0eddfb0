import { startService } from './running-service.ts'
import { describeScenario, describeStaleWhileRevalidate, describeStampede, scenarioEnv } from './scenario.ts'

describeScenario('Bun', () => startService('bun', scenarioEnv))
describeScenario('Bun with hits from the socket', () =>
  startService('bun', { ...scenarioEnv, SOCKET_HITS: 'on' }),
)
describeStaleWhileRevalidate('Bun', (env) => startService('bun', env))
describeStampede('Bun', (env) => startService('bun', env))
