import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { stringify } from 'yaml'
import { freePorts } from '../../scripts/ports.js'
import type { Running } from '../../scripts/programs.js'
import { envoy } from '../with-envoy.js'
import { Session } from './session.js'

/** An application behind a proxy. */
export type Application = http.RequestListener

export interface Plan {
  /** Fields of the mesh `default`. */
  readonly mesh?: object
  /** Fields of the two Dataplanes beside `networking`, such as `metrics`. */
  readonly client?: object
  readonly server?: object
  /** HTTP services by name, each with one application for each of its endpoints. */
  readonly services: Readonly<Record<string, readonly Application[]>>
  /** Policies, as YAML. */
  readonly policies: string
  /** What the services speak as far as proxies know. Default: http. */
  readonly protocol?: 'http' | 'tcp'
  /** Settings of the control plane. */
  readonly settings?: Readonly<Record<string, string>>
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** Two real proxies: `client` has an outbound to each service, `server` an inbound for each of their endpoints. */
export interface TwoProxies {
  readonly session: Session
  /** Port of the client's outbound to a service. */
  readonly outbounds: Readonly<Record<string, number>>
  /** Asks a service as the client's application would. */
  ask(service: string, path?: string, headers?: Record<string, string>): Promise<Answer>
  /** A page of an Envoy's admin interface. */
  admin(proxy: 'client' | 'server', path: string): Promise<string>
  until(holds: () => Promise<boolean>, failure: string, limitMs?: number): Promise<void>
  stop(): Promise<void>
}

/** There for whoever waits until the proxies are ready. */
const greeter = 'greeter'

/** Starts a control plane, applications, and both proxies; all are ready then. */
export async function startTwoProxies(plan: Plan): Promise<TwoProxies> {
  // The mesh comes with nothing but the plan's policies.
  const session = await Session.start({ KUMA_DEFAULTS_SKIP_MESH_CREATION: 'true', ...plan.settings })
  const servers: http.Server[] = []
  const proxies: Running[] = []
  const stop = async () => {
    for (const server of servers) {
      server.close()
      server.closeAllConnections()
    }
    await Promise.all(proxies.map((proxy) => proxy.stop()))
    await session.stop()
  }
  try {
    const services = { ...plan.services, [greeter]: [(_, response) => response.end('hello')] satisfies Application[] }
    const endpoints = Object.entries(services).flatMap(([service, applications]) =>
      applications.map((application) => ({ service, application })),
    )
    const [clientInbound = 0, clientAdmin = 0, serverAdmin = 0, ...ports] = await freePorts(
      3 + endpoints.length + Object.keys(services).length,
    )
    const outbounds = Object.fromEntries(Object.keys(services).map((service) => [service, ports.shift() ?? 0]))
    const inbound = await Promise.all(
      endpoints.map(async ({ service, application }) => {
        const server = http.createServer(application)
        servers.push(server)
        await once(server.listen(0, '127.0.0.1'), 'listening')
        const { port: servicePort } = server.address() as AddressInfo
        return { port: ports.shift(), servicePort, tags: tagsOf(service, plan.protocol) }
      }),
    )
    const outbound = Object.entries(outbounds).map(([service, port]) => ({ port, tags: { 'kuma.io/service': service } }))
    const dataplane = (name: string, networking: object, more: object = {}) => ({
      ...{ type: 'Dataplane', mesh: 'default', name },
      networking: { address: '127.0.0.1', ...networking },
      ...more,
    })
    const resources = [
      { type: 'Mesh', name: 'default', skipCreatingInitialPolicies: ['*'], ...plan.mesh },
      dataplane('server', { inbound }, plan.server),
      dataplane('client', { inbound: [{ port: clientInbound, tags: tagsOf('client') }], outbound }, plan.client),
    ]
    await session.apply(`${resources.map((resource) => stringify(resource)).join('---\n')}---\n${plan.policies}`)

    const adminPorts = { client: clientAdmin, server: serverAdmin }
    for (const [name, port] of Object.entries(adminPorts))
      proxies.push(session.proxy(name, envoy.path, { KUMA_DATAPLANE_ADMIN_PORT: String(port), KUMA_DATAPLANE_DRAIN_TIME: '0.1s' }))
    const running: TwoProxies = {
      session,
      outbounds,
      stop,
      async ask(service, path = '/', headers = {}) {
        const response = await fetch(`http://127.0.0.1:${outbounds[service]}${path}`, { headers })
        return { status: response.status, headers: response.headers, text: await response.text() }
      },
      admin: (proxy, path) => fetch(`http://127.0.0.1:${adminPorts[proxy]}${path}`).then((response) => response.text()),
      until: (holds, failure, limitMs) => session.until(holds, failure, proxies, limitMs),
    }
    await running.until(async () => (await running.ask(greeter)).status === 200, 'the proxies are not ready')
    return running
  } catch (error) {
    await stop()
    throw error
  }
}

const tagsOf = (service: string, protocol = 'http') => ({ 'kuma.io/service': service, 'kuma.io/protocol': protocol })
