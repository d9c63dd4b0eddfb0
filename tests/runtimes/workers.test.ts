import { startWorker } from './running-service.ts'
import { describeScenario, describeStaleWhileRevalidate, scenarioEnv } from './scenario.ts'

describeScenario('workerd', () => startWorker(scenarioEnv))
describeStaleWhileRevalidate('workerd', startWorker)
