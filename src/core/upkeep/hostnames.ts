import { goQuote } from '../go.js'
import { type Evaluated, evaluateTemplate } from '../kinds/go-template.js'
import type { HostnameGeneratorSpec } from '../kinds/hostname-generator.js'
import type { Resource } from '../resource.js'
import { subdomainFaults } from '../validate/kubernetes-names.js'

type Generator = Resource<HostnameGeneratorSpec>

const ofZone = { matchLabels: { 'kuma.io/origin': 'zone' } }

/** Those that every Universal zone control plane makes when it starts. */
export const defaultGenerators: readonly Generator[] = [
  {
    type: 'HostnameGenerator',
    name: 'local-mesh-external-service',
    labels: { 'kuma.io/origin': 'zone' },
    spec: { selector: { meshExternalService: ofZone }, template: '{{ .DisplayName }}.extsvc.mesh.local' },
  },
  {
    type: 'HostnameGenerator',
    name: 'local-universal-mesh-service',
    labels: { 'kuma.io/origin': 'zone' },
    spec: { selector: { meshService: ofZone }, template: '{{ .DisplayName }}.svc.mesh.local' },
  },
]

const selectorFields = {
  MeshService: 'meshService',
  MeshExternalService: 'meshExternalService',
  MeshMultiZoneService: 'meshMultiZoneService',
} as const

type ServiceType = keyof typeof selectorFields

interface Outcome {
  readonly hostname?: string
  readonly reason: 'Generated' | 'Collision' | 'TemplateError'
  readonly message: string
}

/**
 * Gives real services of one kind the host names that the generators make. A name goes to the first who gets it: generators of the
 * zone come before those of the global control plane, older ones before younger.
 * @param services in the order of their creation
 */
export function withHostnames(services: readonly Resource[], all: readonly Resource<HostnameGeneratorSpec>[], zone: string): Resource[] {
  const fromZone = ({ labels }: Generator) => labels['kuma.io/origin'] === 'zone'
  const generators = [...all.filter(fromZone), ...all.filter((generator) => !fromZone(generator))]
  const owners = new Map<string, string>()
  const outcomes = new Map<Resource, Map<string, Outcome>>(services.map((service) => [service, new Map()]))
  for (const generator of generators) {
    for (const service of services) {
      const outcome = generate(generator, service, zone, owners)
      if (outcome) outcomes.get(service)?.set(generator.name, outcome)
    }
  }
  return services.map((service) => withStatus(service, outcomes.get(service) ?? new Map()))
}

function generate({ spec }: Generator, service: Resource, zone: string, owners: Map<string, string>): Outcome | undefined {
  const selector = spec.selector[selectorFields[service.type as ServiceType]]
  if (!selector || !Object.entries(selector.matchLabels ?? {}).every(([key, value]) => service.labels[key] === value)) return undefined
  const evaluated = evaluate(spec.template, service, zone)
  if (!evaluated.ok) return { reason: 'TemplateError', message: evaluated.message }
  const place = `${service.mesh} ${evaluated.text}`
  const owner = owners.get(place) ?? service.name
  if (owner !== service.name) return { reason: 'Collision', message: `Hostname collision with ${service.type}: ${service.name}` }
  owners.set(place, owner)
  return { hostname: evaluated.text, reason: 'Generated', message: '' }
}

function evaluate(template: string, { name, mesh = '', labels }: Resource, zone: string): Evaluated {
  const fields = new Map([
    ['Name', name],
    ['DisplayName', labels['kuma.io/display-name'] ?? name],
    ['Namespace', labels['k8s.kuma.io/namespace'] ?? ''],
    ['Mesh', mesh],
    ['Zone', labels['kuma.io/zone'] || zone],
  ])
  const evaluated = evaluateTemplate(template, { fields, labels })
  if (!evaluated.ok) return evaluated
  const faults = subdomainFaults(evaluated.text)
  if (faults.length === 0) return evaluated
  return { ok: false, message: `generated hostname ${goQuote(evaluated.text)} is not a valid DNS name: ${faults.join(', ')}` }
}

function withStatus(service: Resource, outcomes: ReadonlyMap<string, Outcome>): Resource {
  const sorted = [...outcomes].sort(([a], [b]) => (a < b ? -1 : 1))
  const { addresses: _, hostnameGenerators: before, ...rest } = (service.status ?? {}) as Record<string, unknown>
  if (sorted.length === 0) return before === undefined ? service : { ...service, status: rest }
  const ref = (coreName: string) => ({ hostnameGeneratorRef: { coreName } })
  const addresses = sorted.flatMap(([generator, { hostname }]) =>
    hostname === undefined ? [] : [{ hostname, origin: 'HostnameGenerator', ...ref(generator) }],
  )
  const hostnameGenerators = sorted.map(([generator, { hostname, reason, message }]) => ({
    ...ref(generator),
    conditions: [{ type: 'Generated', status: hostname === undefined ? 'False' : 'True', reason, message }],
  }))
  const status = { ...rest, ...(addresses.length > 0 && { addresses }), hostnameGenerators }
  return { ...service, status }
}
