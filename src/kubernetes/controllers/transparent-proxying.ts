import type { DataplaneNetworking } from '../../core/kinds/dataplane.js'
import { isRecord } from '../../core/schema/decode.js'
import { readDocuments } from '../../core/yaml.js'
import { AnnotationFault, type Values, listOf, names, numberOf, switchOf } from '../annotations.js'

type TransparentProxying = NonNullable<DataplaneNetworking['transparentProxying']>
type Backend = NonNullable<NonNullable<TransparentProxying['reachableBackends']>['refs']>[number]

const modes = { dualstack: 'DualStack', ipv4: 'IPv4' } as const

/** How a Pod's traffic is redirected, and what it may dial. @throws AnnotationFault */
export function transparentProxyingOf(annotations: Values): TransparentProxying | undefined {
  if (!switchOf(annotations, names.transparentProxying)) return undefined
  const reachableBackends = backendsOf(annotations)
  return {
    redirectPortInbound: portOf(annotations, names.inboundPort),
    redirectPortOutbound: portOf(annotations, names.outboundPort),
    ipFamilyMode: modeOf(annotations),
    ...(annotations[names.directAccess] && { directAccessServices: [...(listOf(annotations, names.directAccess) ?? [])] }),
    ...(annotations[names.reachableServices] && { reachableServices: [...(listOf(annotations, names.reachableServices) ?? [])] }),
    ...(reachableBackends && { reachableBackends }),
  }
}

function portOf(annotations: Values, name: string): number {
  const port = numberOf(annotations, name)
  if (port !== undefined) return port
  throw new AnnotationFault(`annotation "${name}" is missing: the injector writes it with ${names.transparentProxying}`)
}

function modeOf(annotations: Values): 'DualStack' | 'IPv4' {
  const value = annotations[names.ipFamilyMode] || 'dualstack'
  if (value === 'dualstack' || value === 'ipv4') return modes[value]
  throw new AnnotationFault(`annotation "${names.ipFamilyMode}": invalid ip family mode '${value}'; allowed are dualstack, ipv4`)
}

function backendsOf(annotations: Values): TransparentProxying['reachableBackends'] {
  const text = annotations[names.reachableBackends]
  if (text === undefined) return undefined
  const refs = refsIn(text)
  if (refs) return refs.length > 0 ? { refs } : {}
  throw new AnnotationFault(
    `annotation "${names.reachableBackends}": cannot parse, has invalid format: write YAML with "refs", a list of kind, name, namespace, port and labels`,
  )
}

function refsIn(text: string): Backend[] | undefined {
  const [document] = readDocuments(text)
  const value = document?.value ?? {}
  const refs = isRecord(value) ? (value['refs'] ?? []) : undefined
  if (document?.faults.some(({ level }) => level === 'error') || !Array.isArray(refs)) return undefined
  const backends = refs.map(refOf)
  return backends.every((backend) => backend !== undefined) ? backends : undefined
}

function refOf(ref: unknown): Backend | undefined {
  if (!isRecord(ref)) return undefined
  const { kind, name, namespace, port, labels } = ref
  if (![kind, name, namespace].every((text) => text === undefined || typeof text === 'string')) return undefined
  if (port !== undefined && !Number.isInteger(port)) return undefined
  if (labels !== undefined && !(isRecord(labels) && Object.values(labels).every((value) => typeof value === 'string'))) return undefined
  const given = Object.entries({ kind, name, namespace, port, labels }).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given) as Backend
}
