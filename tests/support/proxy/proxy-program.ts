/** The proxy as a program. The variable PROXY_OPTIONS has its options as JSON. */
import process from 'node:process'
import { runProxy } from '../../../src/proxy/run-proxy.ts'

await runProxy(() => JSON.parse(process.env.PROXY_OPTIONS ?? '{}'))
