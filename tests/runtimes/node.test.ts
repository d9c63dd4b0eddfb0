import { startService } from './running-service.ts'
import { describeScenario, describeStaleWhileRevalidate, describeStampede, scenarioEnv } from './scenario.ts'

describeScenario('Node', () => startService('node', scenarioEnv))
describeScenario('Node without hits from the socket', () =>
  startService('node', { ...scenarioEnv, SOCKET_HITS: 'off' }),
)
describeStaleWhileRevalidate('Node', (env) => startService('node', env))
describeStampede('Node', (env) => startService('node', env))
