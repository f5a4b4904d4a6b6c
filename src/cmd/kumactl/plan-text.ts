import type { EnvoyChange, Impact, Meaning, Plan, ProxyPlan } from '../../plan/index.js'
import type { painter } from './paint.js'
import { table } from './table.js'

type Paint = ReturnType<typeof painter>

const colours = { 'no-op': 'dim', 'in-place': 'green', rotates: 'green', warms: 'yellow', drains: 'yellow', drops: 'red' } as const
const signs = { create: '+', update: '~', delete: '-' } as const

/** A plan for people: resources, then proxy by proxy what changes for traffic and what Envoy does about it. */
export function planText({ impact, resources, proxies, unchanged }: Plan, paint: Paint, fields: boolean): string {
  const all = proxies.length + unchanged
  const changed = resources.map(({ op, key, fields: of }) => [signs[op], key.type, key.name, of.map(({ path }) => path).join(', ')])
  const sections = [
    changed.length > 0 ? table(['', 'TYPE', 'NAME', 'FIELDS'], changed) : 'no resource changes',
    ...proxies.map((proxy) => proxyText(proxy, paint, fields)),
    `${proxies.length} of ${all} ${all === 1 ? 'proxy' : 'proxies'} change: ${impactText(impact, paint)}`,
  ]
  return `${sections.join('\n\n')}\n`
}

function proxyText({ proxy, op, impact, meaning, changes, issues }: ProxyPlan, paint: Paint, fields: boolean): string {
  const title = `${signs[op]} ${paint('bold', proxy.mesh ? `${proxy.mesh}/${proxy.name}` : proxy.name)}: ${impactText(impact, paint)}`
  return [
    title,
    ...changes.flatMap(({ drops, name }) => drops.map((drop) => paint('red', `    ! ${name}: ${drop}`))),
    ...issues.map(({ path, message }) => paint('red', `    ! ${path}: ${message}`)),
    ...meaning.map((one) => meaningText(one, paint)),
    ...changes.map(
      (change) => `    ${signs[change.op]} ${change.type} ${change.name}: ${impactText(change.impact, paint)}${chainsText(change)}`,
    ),
    ...(fields ? changes.flatMap((change) => fieldsText(change)) : []),
  ].join('\n')
}

function meaningText({ subject, before, after }: Meaning, paint: Paint): string {
  if (before === undefined) return paint('green', `    + ${subject}: ${after}`)
  if (after === undefined) return paint('red', `    - ${subject}: ${before}`)
  return paint('yellow', `    ~ ${subject}: ${before} -> ${after}`)
}

function chainsText({ drainedChains }: EnvoyChange): string {
  return drainedChains ? ` (${drainedChains} filter ${drainedChains === 1 ? 'chain' : 'chains'})` : ''
}

function fieldsText({ name, fields }: EnvoyChange): string[] {
  return fields.map(({ path, before, after }) => `      ${name} ${path}: ${valueText(before)} -> ${valueText(after)}`)
}

function valueText(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value)
}

function impactText(impact: Impact, paint: Paint): string {
  return paint(colours[impact], impact)
}
