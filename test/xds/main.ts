/**
 * Judges an ADS server by the rules of the xDS protocol: `npm run xds-conformance -- --target host:port --driver ./driver.js`.
 * Without a target, this project's own server is judged; `http-driver.ts` drives any server by one HTTP endpoint. `--protocol`: only
 * `sotw` or `delta`; `--patience-ms`: how long to wait for what has to come. Exit status 1 when a rule is broken.
 */
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { type Case, runCase } from './case.js'
import { deltaCases } from './delta-cases.js'
import { type Driver, driven } from './driver.js'
import { sotwCases } from './sotw-cases.js'
import { overWire, rig } from './wire.js'

const { values } = parseArgs({
  options: { target: { type: 'string' }, driver: { type: 'string' }, protocol: { type: 'string' }, 'patience-ms': { type: 'string' } },
})
const cases = [...sotwCases, ...deltaCases].filter(({ protocol }) => values.protocol === undefined || values.protocol === protocol)

async function ownServer(rule: Case): Promise<string | undefined> {
  const own = await rig()
  const fault = await runCase(rule, overWire(rule.protocol, own)).finally(() => own.close())
  return fault
}

async function otherServer(address: string, file: string): Promise<(rule: Case) => Promise<string | undefined>> {
  const { default: own } = (await import(pathToFileURL(resolve(file)).href)) as { readonly default: Driver }
  const patience = values['patience-ms']
  const driver = patience === undefined ? own : { ...own, patienceMs: Number(patience) }
  return async (rule) => {
    const subject = driven(rule.protocol, { address }, driver)
    return runCase(rule, subject).finally(() => subject.close())
  }
}

const { target, driver } = values
if (target !== undefined && driver === undefined) {
  console.error('--target needs --driver: a module that makes the server serve what the rules are about (see test/xds/driver.ts)')
  process.exit(2)
}
const judge = target !== undefined && driver !== undefined ? await otherServer(target, driver) : ownServer

let broken = 0
for (const rule of cases) {
  // What another server may do otherwise is not held against it.
  if (rule.ours && target !== undefined) continue
  const fault = await judge(rule).catch((error: unknown) => `the stream broke: ${(error as Error).message}`)
  if (fault !== undefined) broken++
  console.log(
    `${fault === undefined ? 'ok    ' : 'BROKEN'} ${rule.protocol.padEnd(5)} ${rule.rule}${fault === undefined ? '' : `\n         ${fault}`}`,
  )
}
console.log(broken === 0 ? 'all rules hold' : `${broken} rules are broken`)
process.exitCode = broken === 0 ? 0 : 1
