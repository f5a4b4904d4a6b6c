import type { Command } from 'commander'
import { type Terminal, sessionOf, withClient } from './context.js'
import { dataplaneTags, printData } from './get.js'
import { ago, table, tagsText } from './table.js'

interface Subscription {
  readonly connectTime?: string
  readonly disconnectTime?: string
  readonly status?: {
    readonly lastUpdateTime?: string
    readonly total?: { readonly responsesSent?: string | number; readonly responsesRejected?: string | number }
  }
  readonly version?: {
    readonly kumaDp?: { readonly version?: string }
    readonly envoy?: { readonly version?: string }
    readonly dependencies?: Readonly<Record<string, string>>
  }
}

interface Inbound {
  readonly port?: number
  readonly tags?: Record<string, string>
  readonly health?: { readonly ready?: boolean }
  readonly state?: string
}

interface Overview {
  readonly mesh: string
  readonly name: string
  readonly dataplane?: {
    readonly networking?: { readonly inbound?: readonly Inbound[]; readonly gateway?: { readonly tags?: Record<string, string> } }
  }
  readonly dataplaneInsight?: {
    readonly subscriptions?: readonly Subscription[]
    readonly mTLS?: {
      readonly certificateExpirationTime?: string
      readonly lastCertificateRegeneration?: string
      readonly certificateRegenerations?: number
      readonly issuedBackend?: string
      readonly supportedBackends?: readonly string[]
    }
  }
}

export function addInspect(program: Command, terminal: Terminal): void {
  const inspect = program.command('inspect').description('show what the control plane knows of its proxies')
  inspect
    .command('dataplanes')
    .alias('dataplane')
    .description('the proxies of a mesh: whether they are connected, what they were sent, their certificates')
    .option('--tag <key=value...>', 'only proxies with all of these tags')
    .option('--gateway', 'only gateways')
    .option('-o, --output <format>', 'table, yaml or json', 'table')
    .action(async (options: { tag?: string[]; gateway?: boolean; output: string }, command: Command) => {
      const session = sessionOf(command)
      const parameters = new URLSearchParams()
      for (const tag of options.tag ?? []) parameters.append('tag', tag.replace('=', ':'))
      if (options.gateway) parameters.set('gateway', 'true')
      const query = parameters.size > 0 ? `?${parameters}` : ''
      const path = `/meshes/${encodeURIComponent(session.mesh)}/dataplanes/_overview${query}`
      const list = (await withClient(session, (client) => client.get(path))) as { items: Overview[] }
      terminal.out(options.output === 'table' ? `${dataplanesTable(list.items, terminal.now())}\n` : printData(list, options.output))
    })
}

const headings = [
  'MESH',
  'NAME',
  'TAGS',
  'STATUS',
  'LAST CONNECTED AGO',
  'LAST UPDATED AGO',
  'TOTAL UPDATES',
  'TOTAL ERRORS',
  'CERT REGENERATED AGO',
  'CERT EXPIRATION',
  'CERT REGENERATIONS',
  'CERT BACKEND',
  'SUPPORTED CERT BACKENDS',
  'KUMA-DP VERSION',
  'ENVOY VERSION',
  'DEPENDENCIES VERSIONS',
  'NOTES',
]

export function dataplanesTable(overviews: readonly Overview[], now: Date): string {
  return table(
    headings,
    overviews.map((overview) => rowOf(overview, now)),
  )
}

function rowOf({ mesh, name, dataplane = {}, dataplaneInsight = {} }: Overview, now: Date): string[] {
  const subscriptions = dataplaneInsight.subscriptions ?? []
  const latest = [...subscriptions].sort((a, b) => ((a.connectTime ?? '') < (b.connectTime ?? '') ? 1 : -1))[0]
  const updates = subscriptions
    .map((s) => s.status?.lastUpdateTime ?? '')
    .sort()
    .at(-1)
  const sum = (field: 'responsesSent' | 'responsesRejected') =>
    String(subscriptions.reduce((total, s) => total + Number(s.status?.total?.[field] ?? 0), 0))
  const mtls = dataplaneInsight.mTLS
  const notReady = (dataplane.networking?.inbound ?? []).filter((i) => i.health?.ready === false || (i.state ?? 'Ready') !== 'Ready')
  const dependencies = Object.entries(latest?.version?.dependencies ?? {}).map(([key, value]) => `${key}: ${value}`)
  return [
    mesh,
    name,
    tagsText(dataplaneTags({ name, networking: dataplane.networking })),
    statusOf(subscriptions, dataplane.networking?.inbound?.length ?? 0, notReady.length),
    ago(latest?.connectTime, now),
    ago(updates, now),
    sum('responsesSent'),
    sum('responsesRejected'),
    ago(mtls?.lastCertificateRegeneration, now),
    mtls?.certificateExpirationTime ? mtls.certificateExpirationTime.slice(0, 19).replace('T', ' ') : '-',
    String(mtls?.certificateRegenerations ?? 0),
    mtls?.issuedBackend ?? '-',
    mtls?.supportedBackends?.join(',') ?? '',
    latest?.version?.kumaDp?.version ?? '',
    latest?.version?.envoy?.version ?? '',
    dependencies.length > 0 ? dependencies.join(', ') : '-',
    notReady.map(({ port = 0, tags = {} }) => `inbound[port=${port},svc=${tags['kuma.io/service'] ?? ''}] is not ready`).join(';'),
  ]
}

/** Online while a stream is open; less when inbounds are not ready, Offline when none of them is. */
function statusOf(subscriptions: readonly Subscription[], inbounds: number, notReady: number): string {
  const connected = subscriptions.some(({ connectTime, disconnectTime }) => connectTime && !disconnectTime)
  if (!connected || (inbounds > 0 && notReady === inbounds)) return 'Offline'
  return notReady > 0 ? 'Partially degraded' : 'Online'
}
