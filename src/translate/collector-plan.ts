import type { MeshOpenTelemetryBackendSpec } from '../core/kinds/mesh-open-telemetry-backend.js'

/** How kuma-dp is to send a kind of data, in the form in which it reads it. Fields that say nothing are left out. */
export interface SignalPlan {
  readonly enabled: true
  /** Whether variables of the proxy's environment say something about it. */
  readonly envInputPresent?: true
  /** What variables of this kind of data alone say otherwise than those of all. */
  readonly overrideKinds?: readonly string[]
  readonly missingFields?: readonly string[]
  readonly blockedReasons?: readonly string[]
  /** A Go duration. */
  readonly refreshInterval?: string
}

type Env = MeshOpenTelemetryBackendSpec['env']

/**
 * The plan for a kind of data.
 * @param inventory what the proxy found in its environment, as its node's metadata say it (`otelEnvInventory`)
 */
export function signalPlan(inventory: unknown, env: Env, signal: string, refreshInterval?: string): SignalPlan {
  const found = isRecord(inventory) ? inventory : undefined
  const own = found?.[signal]
  const present = hasInput(found?.['shared']) || hasInput(own)
  const overrideKinds = texts(isRecord(own) ? own['overrideKinds'] : undefined)
  const missingFields = env?.mode === 'Required' && found ? missing(texts(found['validationErrors']), signal) : []
  const blockedReasons: string[] = []
  if (env?.mode === 'Disabled' && present) blockedReasons.push('EnvDisabledByPolicy')
  if (env?.mode === 'Required' && (!present || missingFields.length > 0)) blockedReasons.push('RequiredEnvMissing')
  if (overrideKinds.length > 0 && env?.allowSignalOverrides === false) blockedReasons.push('SignalOverridesDisallowed')
  return {
    enabled: true,
    envInputPresent: present || undefined,
    overrideKinds: unlessEmpty(overrideKinds),
    missingFields: unlessEmpty(missingFields),
    blockedReasons: unlessEmpty(blockedReasons),
    refreshInterval: refreshInterval || undefined,
  }
}

const inputs = ['endpoint', 'protocol', 'headers', 'timeout', 'compression', 'insecure', 'certificate', 'clientCertificate', 'clientKey']

function hasInput(inventory: unknown): boolean {
  if (!isRecord(inventory)) return false
  return inputs.some((input) => inventory[`${input}Present`] === true) || texts(inventory['overrideKinds']).length > 0
}

/** Fields that the proxy could not use: its complaints are `<signal>.<field>`. */
function missing(complaints: readonly string[], signal: string): string[] {
  const fields = complaints.flatMap((complaint) => {
    const dot = complaint.indexOf('.')
    const scope = complaint.slice(0, Math.max(0, dot))
    if (scope !== 'shared' && scope !== signal) return []
    const field = complaint.slice(dot + 1)
    return field === 'mtls' ? ['client_certificate', 'client_key'] : [field.trim().replace(/[- ]/g, '_')]
  })
  return [...new Set(fields)].filter((field) => field !== '')
}

const unlessEmpty = (values: readonly string[]) => (values.length > 0 ? values : undefined)

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : []
}
