/** The program `hitrate <upstream>`. The variables UPSTREAM, PORT and THREADS configure it. */
import process from 'node:process'
import { runProxy } from '../../src/proxy/run-proxy.ts'

await runProxy(() => ({
  upstream: process.env.UPSTREAM ?? '',
  port: Number(process.env.PORT),
  threads: Number(process.env.THREADS),
}))
