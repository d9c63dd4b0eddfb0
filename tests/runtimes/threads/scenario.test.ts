/** What one thread does, two do: the story that every runtime is told, each request over a connection of its own. */
import { scenarioEnv, tellScenario } from '../scenario.ts'
import { runtimes, startThreads } from './threaded-service.ts'

for (const runtime of runtimes) {
  tellScenario(`two threads of ${runtime}`, () => startThreads(runtime, scenarioEnv), { threads: true })
}
