import { kriOf } from '../../core/kri.js'
import type { Kind } from '../../core/kind.js'
import type { Resource } from '../../core/resource.js'
import { demandAccess } from './access.js'
import type { ApiContext, RouteFamily } from './context.js'
import { badRequest, notFound } from './errors.js'
import { pathParam } from './query.js'
import { serve } from './route.js'
import { viewAsAsked } from './view.js'

/** `/_kri/kri_<short name>_<mesh>_<zone>_<namespace>_<name>_<section>`: a resource by the name it has across control planes. */
export const byKri: RouteFamily = (app, context) => {
  serve(app, '/_kri/:kri', {
    GET: {
      title: 'Could not retrieve a resource',
      handler: async (request) => {
        const text = pathParam(request, 'kri')
        const kri = parse(text, context.registry.kinds)
        await demandAccess(context.access, request.user, 'get', { kind: kri.kind })
        const resource = await find(context, text, kri)
        if (resource === undefined) throw notFound('Could not retrieve a resource')
        return viewAsAsked(request, context.registry, kri.kind, resource)
      },
    },
  })
}

interface Kri {
  readonly kind: Kind
  readonly mesh: string
  readonly zone: string
  readonly name: string
}

function parse(text: string, kinds: readonly Kind[]): Kri {
  const parts = text.split('_')
  const [prefix, shortName = '', mesh = '', zone = '', , name = ''] = parts
  if (parts.length < 7) throw badRequest(`invalid identifier string: ${JSON.stringify(text)}`)
  if (prefix !== 'kri') throw badRequest(`identifier must start with 'kri': ${JSON.stringify(text)}`)
  const kind = kinds.find((one) => one.shortName !== undefined && one.shortName !== '' && one.shortName === shortName)
  if (kind === undefined) throw badRequest(`unknown short name of resource type: ${JSON.stringify(shortName)}`)
  return { kind, mesh, zone, name }
}

async function find({ store, zone }: ApiContext, text: string, kri: Kri): Promise<Resource | undefined> {
  const { kind, mesh, name } = kri
  const wanted = text.split('_', 6).join('_')
  const { items } = await store.list(mesh === '' ? { type: kind.type } : { type: kind.type, mesh })
  const found = items.find(({ resource }) => kriOf(kind, resource)?.split('_', 6).join('_') === wanted)
  if (found !== undefined) return found.resource
  // Resources of this zone may have been stored before they said so.
  const local = kri.zone === zone ? await store.get(mesh === '' ? { type: kind.type, name } : { type: kind.type, mesh, name }) : undefined
  return local?.resource.labels['kuma.io/zone'] === undefined ? local?.resource : undefined
}
