/** The scenario of all runtimes with two threads, with a new connection for each request. */
import { describeScenario, scenarioEnv } from '../scenario.ts'
import { runtimes, startThreads } from './threaded-service.ts'

for (const runtime of runtimes) {
  describeScenario(`two threads of ${runtime}`, () => startThreads(runtime, scenarioEnv), { threads: true })
}
