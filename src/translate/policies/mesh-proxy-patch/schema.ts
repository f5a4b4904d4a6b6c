import type * as z from 'zod'
import { defineKind } from '../../../core/kind.js'
import { o } from '../../../core/schema/index.js'
import { targetRef } from '../../../core/target-ref.js'
import { validateProxyPatch } from './validate.js'

const jsonPatch = () =>
  o.object({
    op: o.enumeration(['add', 'remove', 'replace', 'move', 'copy']),
    path: o.string(),
    value: o.json().optional(),
    from: o.string().optional(),
  })

export type JsonPatchStep = z.infer<ReturnType<typeof jsonPatch>>

/** What is changed to: a value of the Envoy message as YAML or JSON text, or steps of RFC 6902. */
const change = () => ({ value: o.string().optional(), jsonPatches: o.list(jsonPatch()).optional() })

const resourceOperation = () => o.enumeration(['Add', 'Remove', 'Patch'])
const filterOperation = () => o.enumeration(['Remove', 'Patch', 'AddFirst', 'AddBefore', 'AddAfter', 'AddLast'])

/** Whom a modification means. `origin` is who made the resource, or the listener that the filter or virtual host is in. */
const named = () => ({ origin: o.string().optional(), name: o.string().optional() })

const filterModification = () =>
  o.object({
    match: o.object({ ...named(), listenerName: o.string().optional(), listenerTags: o.map(o.string()).optional() }).optional(),
    operation: filterOperation(),
    ...change(),
  })

const modification = () =>
  o.object({
    cluster: o.object({ match: o.object(named()).optional(), operation: resourceOperation(), ...change() }).optional(),
    listener: o
      .object({
        match: o.object({ ...named(), tags: o.map(o.string()).optional() }).optional(),
        operation: resourceOperation(),
        ...change(),
      })
      .optional(),
    networkFilter: filterModification().optional(),
    httpFilter: filterModification().optional(),
    virtualHost: o
      .object({
        match: o.object({ ...named(), routeConfigurationName: o.string().optional() }),
        operation: resourceOperation(),
        ...change(),
      })
      .optional(),
  })

export type ProxyPatchModification = z.infer<ReturnType<typeof modification>>

/** `appendModifications`: lists of several policies that mean a proxy are joined, the strongest policy's last. */
const conf = () => o.object({ appendModifications: o.list(modification()).optional() })

export type ProxyPatchConf = z.infer<ReturnType<typeof conf>>

/** Source: meshproxypatch/api/v1alpha1. */
export const meshProxyPatchSchema = () => o.object({ targetRef: targetRef().optional(), default: conf() })

export type MeshProxyPatchSpec = z.infer<ReturnType<typeof meshProxyPatchSchema>>

/** Changes of the Envoy resources that are generated for a proxy. */
export const MeshProxyPatch = defineKind<MeshProxyPatchSpec>({
  type: 'MeshProxyPatch',
  plural: 'meshproxypatches',
  shortName: 'mpp',
  displayName: { singular: 'Mesh Proxy Patch', plural: 'Mesh Proxy Patches' },
  scope: 'Mesh',
  encoding: 'openapi',
  policy: { matching: 'targetRef' },
  includeInFederation: true,
  schema: meshProxyPatchSchema,
  validate: validateProxyPatch,
})
