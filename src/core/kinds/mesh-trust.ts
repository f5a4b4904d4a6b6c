import type * as z from 'zod'
import { defineKind } from '../kind.js'
import * as o from '../schema/openapi.js'
import { pemBlock } from '../validate/pem.js'
import { collect } from '../validate/violations.js'

/** Source: meshtrust.go. */
export const meshTrustSchema = () =>
  o.object({
    origin: o.object({ kri: o.string().optional() }).optional(),
    trustDomain: o.string({ maxLength: 253 }),
    caBundles: o.list(o.object({ type: o.enumeration(['Pem']), pem: o.object({ value: o.string() }).optional() }), { min: 1 }),
  })

export type MeshTrustSpec = z.infer<ReturnType<typeof meshTrustSchema>>

/** The CAs of a trust domain. Those of all trust domains of a mesh are trusted by its proxies. */
export const MeshTrust = defineKind<MeshTrustSpec>({
  type: 'MeshTrust',
  plural: 'meshtrusts',
  shortName: 'mtrust',
  displayName: { singular: 'Mesh Trust', plural: 'Mesh Trusts' },
  scope: 'Mesh',
  encoding: 'openapi',
  hasStatus: true,
  includeInFederation: true,
  schema: meshTrustSchema,
  validate({ caBundles, trustDomain }) {
    const root = collect('spec')
    for (const [i, { pem }] of caBundles.entries()) {
      const at = root.field('caBundles').index(i).field('pem')
      if (!pem) at.add('must be defined')
      else if (!holdsCertificate(pem.value)) at.field('value').add('provided certificate has incorrect format')
    }
    if (trustDomain === '') root.field('trustDomain').add('trustDomain needs to be defined')
    return root.violations
  },
})

function holdsCertificate(pem: string): boolean {
  const type = pemBlock(pem)
  return type !== undefined && !type.endsWith('PRIVATE KEY')
}
