import type { FastifyInstance } from 'fastify'
import type { Resource } from '../../src/core/resource.js'
import type { Store } from '../../src/core/store.js'
import { type ApiOptions, createApi, trustingAccess } from '../../src/server/api/index.js'
import { createMemoryStore } from '../../src/store/memory.js'
import { registry } from '../../src/translate/kinds.js'

export const about = { product: 'Kuma', version: '1.2.3', hostname: 'cp-1.example.com', instanceId: 'cp-1-a1b2', clusterId: 'f00' }

export type Body = Record<string, unknown>

export interface Answer {
  readonly status: number
  readonly body: Body
}

/** An API over a store, without a socket. */
export class ControlPlane {
  readonly app: FastifyInstance
  /** What was answered with 500. */
  readonly errors: unknown[] = []

  constructor(
    readonly store: Store = createMemoryStore(),
    options: Partial<ApiOptions> = {},
  ) {
    this.app = createApi({ store, registry, about, access: trustingAccess, onError: (error) => this.errors.push(error), ...options })
  }

  async send(
    method: 'GET' | 'PUT' | 'DELETE' | 'POST' | 'PATCH',
    url: string,
    payload?: Body | string,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const type: Record<string, string> = typeof payload === 'string' ? { 'content-type': 'application/json' } : {}
    const response = await this.app.inject({ method, url, payload, headers: { host: 'localhost:5681', ...type, ...headers } })
    return { status: response.statusCode, body: response.json() }
  }

  get = (url: string) => this.send('GET', url)
  put = (url: string, body: Body | string) => this.send('PUT', url, body)
  delete = (url: string) => this.send('DELETE', url)

  /** Puts a resource where it belongs. */
  async apply(resource: Body): Promise<Answer> {
    const kind = registry.byType(String(resource['type']))
    const path = kind?.scope === 'Global' ? '' : `/meshes/${resource['mesh']}`
    return this.put(`${path}/${kind?.plural}/${resource['name']}`, resource)
  }

  /** Stores a resource that people can't put, such as an insight. */
  async keep(resource: Omit<Resource, 'labels'>): Promise<void> {
    await this.store.write([{ op: 'put', resource: { labels: {}, ...resource } }])
  }
}

/** A control plane with a mesh that brings no policies. */
export async function withMesh(options: Partial<ApiOptions> = {}, store?: Store): Promise<ControlPlane> {
  const cp = new ControlPlane(store, options)
  await cp.apply({ type: 'Mesh', name: 'default', skipCreatingInitialPolicies: ['*'] })
  return cp
}

export const dataplane = (name: string, more: Body = {}, tags: Record<string, string> = { 'kuma.io/service': 'web' }): Body => ({
  type: 'Dataplane',
  mesh: 'default',
  name,
  networking: { address: '10.0.0.1', inbound: [{ port: 8080, tags }] },
  ...more,
})

/** An error as the API answers it, `causes` and all. */
export function refusal(status: number, title: string, detail: string, causes: readonly [string, string][] = []): Answer {
  const body: Body = { type: '/std-errors', status, title, detail, details: detail }
  if (causes.length > 0) {
    body['invalid_parameters'] = causes.map(([field, reason]) => ({ field, reason }))
    body['causes'] = causes.map(([field, message]) => ({ field, message }))
  }
  return { status, body }
}

export const invalid = (title: string, ...causes: [string, string][]) => refusal(400, title, 'Resource is not valid', causes)
