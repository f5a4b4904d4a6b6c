import { type ResourceTypeName, type Snapshot, resourceTypes } from '../translate/snapshot.js'
import type { IdentityMaterial } from '../translate/secrets.js'
import { toJson } from './write.js'

/** One proxy's xDS state as JSON: resources by type and name, types with nothing left out. Runtime layers are not part of it. */
export type SnapshotJson = { readonly [T in Exclude<ResourceTypeName, 'runtimes'>]?: { readonly [name: string]: unknown } }

/** What stands in printed configuration where certificates and keys are. */
const masked = '<key material>'
const maskedBytes = new TextEncoder().encode(masked)
const maskedBase64 = btoa(masked)

/** Certificates for configuration that is only to be read: their text says what they stand for. */
export function placeholderIdentity(meshes: Iterable<string>): IdentityMaterial {
  return { certificateChain: maskedBytes, privateKey: maskedBytes, trustedCas: new Map([...meshes].map((mesh) => [mesh, maskedBytes])) }
}

/** The certificate of a CA that was never made, in the form of one. */
export const placeholderCertificate = `-----BEGIN CERTIFICATE-----\n${maskedBase64}\n-----END CERTIFICATE-----\n`

/** The same for the admin listener, which shows more to who has a certificate. */
export const placeholderAdminTls = { certificateChain: maskedBytes, privateKey: maskedBytes, trustedCa: maskedBytes } as const

/** Canonical proto3 JSON of all resources of a proxy, every `Any` expanded, key material masked. */
export function snapshotJson(snapshot: Snapshot): SnapshotJson {
  const types = resourceTypes
    .filter(({ name }) => name !== 'runtimes')
    .map(({ name, typeUrl }) => {
      const resources = [...snapshot[name]].map(([key, sealed]) => [key, withoutKeys(toJson(typeUrl, sealed.bytes), name === 'secrets')])
      return [name, Object.fromEntries(resources) as Record<string, unknown>] as const
    })
  return Object.fromEntries(types.filter(([, resources]) => Object.keys(resources).length > 0))
}

function withoutKeys(value: unknown, inSecret: boolean): unknown {
  if (value === maskedBase64) return masked
  if (Array.isArray(value)) return value.map((inner) => withoutKeys(inner, inSecret))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, inSecret && isInlineData(key) ? masked : withoutKeys(inner, inSecret)]),
  )
}

const isInlineData = (key: string) => key === 'inlineBytes' || key === 'inlineString'
