import { afterEach, expect, it } from 'vitest'
import { nodeOf } from '../xds-client.js'
import { type Case, runCase } from './case.js'
import { deltaCases } from './delta-cases.js'
import { type Driver, driven } from './driver.js'
import { sotwCases } from './sotw-cases.js'
import { type Rig, rig } from './wire.js'

let open: Rig | undefined
afterEach(async () => {
  await open?.close()
  open = undefined
})

async function judge(rule: Case, driver: Partial<Driver> = {}): Promise<string | undefined> {
  const server = await rig()
  open = server
  const whole: Driver = { node: nodeOf('default.dp-1'), quietMs: 50, apply: async (world) => server.host.apply(world), ...driver }
  const subject = driven(rule.protocol, { address: server.address }, whole)
  return runCase(rule, subject).finally(() => subject.close())
}

const rules = [...sotwCases, ...deltaCases].filter(({ ours }) => !ours)

it.each(rules)('a server that is driven from outside is judged: $protocol, $rule', async (rule) => {
  expect(await judge(rule)).toBeUndefined()
})

it('a server that breaks a rule is found out', async () => {
  const rule = sotwCases.find(({ rule: name }) => name.startsWith('clusters come in full'))
  if (!rule) throw new Error('the rule is gone')
  // Whatever is applied, an old world is served.
  const apply: Driver['apply'] = async () => open?.host.apply({ clusters: { a: 1, b: 1, c: 1 } })
  expect(await judge(rule, { apply, patienceMs: 200 })).toContain('expected clusters a@1 b@2 c@1, nothing came')
})
