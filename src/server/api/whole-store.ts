import { CaRotation, Config, ServiceInsight, withInternalKinds } from '../../core/kinds/internal.js'
import { isInsight } from '../../core/ownership.js'
import { parseObject } from '../../core/parse.js'
import { toUniversal } from '../../core/print.js'
import { keyOf, type Resource, type ResourceKey } from '../../core/resource.js'
import type { Stored, Write } from '../../core/store.js'
import { parseTime } from '../../core/timestamp.js'
import { demandAccess } from './access.js'
import { bodyText } from './body.js'
import type { ApiContext, RouteFamily } from './context.js'
import { ApiError, badRequest, refused } from './errors.js'
import { serve } from './route.js'

/** Many meshes of many proxies: 256 MiB. */
const bodyBytes = 256 << 20

/**
 * All that is stored, as one: `GET /_store` gives it as it was at one moment, `PUT /_store` makes it what the body says, in one
 * transaction, times and states included. Insights are left out: they are about connections to the control planes of here and now.
 */
export const wholeStore: RouteFamily = (app, context) => {
  const registry = withInternalKinds(context.registry)
  serve(app, '/_store', {
    GET: {
      title: 'Could not read the store',
      handler: async ({ user }) => {
        await demandAccess(context.access, user, 'view', { concern: 'adminResources', what: 'the whole store' })
        const items = inOrder((await context.store.list()).items.filter(({ resource }) => !isObserved(resource)))
        return { items: items.map((resource) => toUniversal(resource, registry)) }
      },
    },
    PUT: {
      title: 'Could not replace what is stored',
      bodyBytes,
      handler: async (request) => {
        await demandAccess(context.access, request.user, 'update', { concern: 'adminResources', what: 'the whole store' })
        if (context.readOnly) throw new ApiError(405, 'Method not allowed', `this API is read-only: ${context.readOnly}`)
        const resources = read({ ...context, registry }, bodyText(request))
        const { items } = await context.store.list()
        const deletes = leftOver(items, resources)
        const puts = resources.map((resource): Write => ({ op: 'put', resource, keepTimes: true }))
        await context.store.write([...deletes.map((key): Write => ({ op: 'delete', key })), ...puts])
        return { stored: puts.length, deleted: deletes.length }
      },
    },
  })
}

/** Which services take TLS follows from the same connections, and so does which CAs their proxies believe. */
const isObserved = (key: ResourceKey) => isInsight(key) || key.type === ServiceInsight.type || key.type === CaRotation.type

/** Owners before what they own: meshes and other global kinds come first, then by age. */
function inOrder(items: readonly Stored[]): readonly Resource[] {
  const order = ({ resource }: Stored) => (resource.mesh === undefined ? 0 : 1)
  const age = ({ resource }: Stored) => parseTime(resource.creationTime ?? '') ?? 0n
  return [...items].sort((a, b) => order(a) - order(b) || (age(a) < age(b) ? -1 : age(a) > age(b) ? 1 : 0)).map(({ resource }) => resource)
}

/** @throws ApiError 400 for the first resource that is not valid */
function read({ registry, rawFault }: Pick<ApiContext, 'registry' | 'rawFault'>, text: string): readonly Resource[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw badRequest((error as Error).message)
  }
  const { items } = parseObject(value, registry, { rawFault })
  const resources = items.map(({ resource, refusal }) => {
    if (resource === undefined) throw refused(refusal)
    return resource
  })
  const meshes = resources.filter(({ mesh }) => mesh === undefined)
  return [...meshes, ...resources.filter(({ mesh }) => mesh !== undefined)].filter((resource) => !isObserved(resource))
}

/** What is stored and is not to stay; what goes with its mesh is not named. What control planes agree on stays unless it is replaced. */
function leftOver(items: readonly Stored[], resources: readonly Resource[]): readonly ResourceKey[] {
  const staying = new Set(resources.map(keyOf))
  const stays = (resource: Resource) => isObserved(resource) || resource.type === Config.type || staying.has(keyOf(resource))
  const going = items.map(({ resource }) => resource).filter((resource) => !stays(resource))
  const meshes = new Set(going.flatMap(({ type, name }) => (type === 'Mesh' ? [name] : [])))
  return going.filter(({ mesh }) => mesh === undefined || !meshes.has(mesh))
}
