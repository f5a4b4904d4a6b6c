import { parseDuration } from '../../core/duration.js'
import type { Violation } from '../../core/kind.js'
import type { DataplaneIdentity, UserIdentity, ZoneIdentity } from './tokens.js'

/** What a request for a token says, or what is wrong with it. */
export type TokenRequest<Identity> =
  | { readonly ok: true; readonly identity: Identity; readonly validForMs: number }
  | { readonly ok: false; readonly violations: readonly Violation[] }

type Fields = Readonly<Record<string, unknown>>

/** For requests that don't say how long. Source: Kuma's token service. */
const tenYearsMs = 10 * 365 * 24 * 3_600_000

/** Body of `POST /tokens/dataplane`: `mesh`, and what else the token is to be bound to. */
export function readDataplaneRequest(body: unknown): TokenRequest<DataplaneIdentity> {
  const { fields, violations } = open(body)
  const mesh = text(fields, 'mesh', violations)
  const identity = {
    mesh,
    name: text(fields, 'name', violations),
    tags: tags(fields, violations),
    type: text(fields, 'type', violations),
    workload: text(fields, 'workload', violations),
  }
  if (mesh === '') violations.push({ path: 'mesh', message: 'cannot be empty' })
  const validForMs = duration(fields, violations) ?? tenYearsMs
  if (!['', 'dataplane', 'ingress', 'egress'].includes(identity.type)) {
    violations.push({ path: 'type', message: `${identity.type} is not a valid proxy type` })
  }
  return closing({ identity, validForMs, violations })
}

/** Body of `POST /tokens/user`: `name`, `groups`, `validFor`. */
export function readUserRequest(body: unknown): TokenRequest<UserIdentity> {
  const { fields, violations } = open(body)
  const identity = { name: text(fields, 'name', violations), groups: texts(fields['groups'], 'groups', violations) }
  if (identity.name === '') violations.push({ path: 'name', message: 'cannot be empty' })
  const validForMs = duration(fields, violations)
  if (validForMs === undefined) violations.push({ path: 'validFor', message: 'cannot be empty' })
  return closing({ identity, validForMs: validForMs ?? 0, violations })
}

/** Body of `POST /tokens/zone`: `zone`, `scope`, `validFor`. */
export function readZoneRequest(body: unknown): TokenRequest<ZoneIdentity> {
  const { fields, violations } = open(body)
  const identity = { zone: text(fields, 'zone', violations), scope: texts(fields['scope'], 'scope', violations) }
  if (fields['scope'] === undefined) violations.push({ path: 'scope', message: 'cannot be empty' })
  for (const [i, scope] of identity.scope.entries()) {
    if (scope !== 'ingress' && scope !== 'egress') violations.push({ path: `scope[${i}]`, message: 'has to be ingress or egress' })
  }
  return closing({ identity, validForMs: duration(fields, violations) ?? tenYearsMs, violations })
}

function open(body: unknown): { fields: Fields; violations: Violation[] } {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return { fields: body as Fields, violations: [] }
  return { fields: {}, violations: [{ path: '', message: 'has to be an object' }] }
}

function closing<Identity>({
  violations,
  ...request
}: {
  identity: Identity
  validForMs: number
  violations: Violation[]
}): TokenRequest<Identity> {
  return violations.length > 0 ? { ok: false, violations } : { ok: true, ...request }
}

function text(fields: Fields, name: string, violations: Violation[]): string {
  const value = fields[name] ?? ''
  if (typeof value === 'string') return value
  violations.push({ path: name, message: 'has to be a text' })
  return ''
}

function texts(value: unknown, path: string, violations: Violation[]): string[] {
  const list = value ?? []
  if (Array.isArray(list) && list.every((item) => typeof item === 'string')) return list
  violations.push({ path, message: 'has to be a list of texts' })
  return []
}

function tags(fields: Fields, violations: Violation[]): Record<string, string[]> {
  const value = fields['tags'] ?? {}
  if (typeof value !== 'object' || Array.isArray(value)) {
    violations.push({ path: 'tags', message: 'has to be an object whose values are lists of texts' })
    return {}
  }
  return Object.fromEntries(Object.entries(value as Fields).map(([name, list]) => [name, texts(list, `tags["${name}"]`, violations)]))
}

/** Milliseconds. Undefined: not said, or wrong and reported. */
function duration(fields: Fields, violations: Violation[]): number | undefined {
  const value = text(fields, 'validFor', violations)
  if (value === '') return undefined
  const parsed = parseDuration(value)
  const milliseconds = parsed.ok ? Number(parsed.nanos / 1_000_000n) : 0
  if (!parsed.ok) violations.push({ path: 'validFor', message: `is invalid: ${parsed.message}` })
  else if (milliseconds <= 0) violations.push({ path: 'validFor', message: 'has to be longer than nothing' })
  return milliseconds
}
