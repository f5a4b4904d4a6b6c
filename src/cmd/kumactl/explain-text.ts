import type { ExplainedField, Explanation, Origin, Overridden, PolicyOnProxy } from '../../explain/index.js'
import type { painter } from './paint.js'
import { table } from './table.js'

type Paint = ReturnType<typeof painter>

/** One field: its value, every place it comes from, and what it would be otherwise. */
export function fieldText(field: ExplainedField, paint: Paint, conditions: boolean): string {
  const { path, value, origins, overrode } = field
  const shown = origins.filter(({ relation }) => conditions || relation !== 'condition')
  const rows = [
    ...(field.default ? [['default', paint('dim', 'of the translation'), '', '']] : []),
    ...shown.map((origin) => [
      origin.redundant ? `${origin.relation} (redundant)` : origin.relation,
      ownerText(origin),
      origin.path,
      mergeText(origin),
    ]),
    ...overrode.map((other) => [paint('yellow', 'overrode'), paint('yellow', otherwiseText(other)), ...placesOf(other)]),
  ]
  return `${paint('bold', path)} = ${paint('green', valueText(value))}\n\n${table(['RELATION', 'FROM', 'PLACE', 'MERGED'], rows)}`
}

/** Many fields: for each what says its value, or why it is there. */
export function fieldsText({ fields, policies }: Explanation, paint: Paint): string {
  const rows = fields.map((field) => {
    const first = field.origins.find(({ relation }) => relation === 'value')
    if (first) return [field.path, valueText(field.value), paint('green', ownerText(first)), first.path]
    return [field.path, valueText(field.value), paint('dim', 'default'), presenceText(field)]
  })
  const behind = policies.map(({ type, name }) => paint('green', `${type} ${name}`)).join(', ') || 'none'
  return `policies behind it: ${behind}\n\n${table(['FIELD', 'VALUE', 'FROM', 'PLACE'], rows)}`
}

/** What a policy does to each proxy. What it does to several is told once. */
export function policyText(answers: readonly PolicyOnProxy[], paint: Paint): string {
  const proxies = new Map<string, { readonly row: readonly string[]; readonly names: string[] }>()
  for (const answer of answers) {
    for (const row of policyRows(answer, paint)) {
      const key = row.join('\n')
      const known = proxies.get(key) ?? { row, names: [] }
      proxies.set(key, known)
      known.names.push(answer.proxy.name)
    }
  }
  if (proxies.size === 0) return 'no field of any proxy depends on the policy: ask kumactl why-not'
  const rows = [...proxies.values()].map(({ row, names }) => [namesText(names), ...row])
  return table(['PROXY', 'DOES', 'FIELD', 'VALUE', 'PLACE', 'OTHERWISE'], rows)
}

function policyRows({ sets, overridden }: PolicyOnProxy, paint: Paint): string[][] {
  return [
    ...sets.map(({ path, value, places, otherwise, redundant, overrode }) => [
      paint('green', redundant ? 'sets (redundant)' : 'sets'),
      path,
      valueText(value),
      places.join(', '),
      redundant ? 'the same' : `${otherwise === undefined ? 'nothing' : valueText(otherwise)}${byText(overrode)}`,
    ]),
    ...overridden.map(({ path, value, would, by }) => [
      paint('yellow', 'overridden'),
      path,
      valueText(value),
      `would be ${valueText(would)}`,
      byText(by),
    ]),
  ]
}

function namesText([first = '', ...others]: readonly string[]): string {
  return others.length === 0 ? first : `${first} and ${others.length} more`
}

/** Why a default is there at all: what others than the proxy itself say about that tells more. */
function presenceText({ origins }: ExplainedField): string {
  const presences = origins.filter(({ relation }) => relation === 'presence')
  const told = presences.find(({ resource }) => resource && resource.type !== 'Dataplane') ?? presences[0]
  return told ? `(by ${ownerText(told)} ${told.path})` : ''
}

function ownerText({ resource }: Origin): string {
  return resource ? `${resource.type} ${resource.name}` : 'argument'
}

function mergeText({ merged = [] }: Origin): string {
  return merged.map(({ rule, step, of }) => `${rule}: ${step} of ${of}`).join(', ')
}

function otherwiseText({ value }: Overridden): string {
  return value === undefined ? 'no such field' : valueText(value)
}

function placesOf({ value, origins }: Overridden): [string, string] {
  if (value === undefined) return ['', '']
  const places = origins.map((origin) => `${ownerText(origin)} ${origin.path}`)
  return [places.join(', ') || 'default', '']
}

function byText(origins: readonly Origin[]): string {
  const owners = [...new Set(origins.map(ownerText))]
  return owners.length > 0 ? ` by ${owners.join(', ')}` : ''
}

function valueText(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}
