import { builtinCa } from '../../core/kinds/mesh-backends.js'
import { parseExpiration } from '../../core/kinds/mesh-validate.js'
import type { MeshSpec } from '../../core/kinds/mesh.js'
import type { Resource } from '../../core/resource.js'
import { readConf } from '../../core/schema/conf.js'
import type { Write } from '../../core/store.js'
import { meshAuthority } from '../certificates.js'
import { secretKey, secretNames, secretOf } from '../secrets.js'

/** A CA of a mesh that is still to be made. */
export interface CaPlan {
  readonly mesh: string
  readonly backend: string
  readonly lifetimeMs: number
  /** Absent: ECDSA P-256. */
  readonly rsaBits?: number
  /** Half of it is there, and worth nothing without the other half. */
  readonly replace: boolean
}

const tenYears = 10 * 365 * 24 * 3_600_000

/**
 * Which builtin CAs of a mesh are missing. Pure.
 * @param exists whether the mesh has a Secret of this name
 */
export function planMeshCas(mesh: Resource<MeshSpec>, exists: (secret: string) => boolean): CaPlan[] {
  return (mesh.spec.mtls?.backends ?? []).flatMap(({ name = '', type, conf }): CaPlan[] => {
    const halves = [secretNames.caCertificate(mesh.name, name), secretNames.caKey(mesh.name, name)].filter(exists).length
    if (type !== 'builtin' || halves === 2) return []
    const read = readConf(builtinCa(), conf)
    const caCert = read.ok ? read.conf.caCert : undefined
    const lifetimeMs = caCert?.expiration ? (parseExpiration(caCert.expiration) ?? tenYears) : tenYears
    return [{ mesh: mesh.name, backend: name, lifetimeMs, rsaBits: caCert?.RSAbits || undefined, replace: halves === 1 }]
  })
}

/** Makes planned CAs: the writes that keep them. They belong into the transaction that writes the mesh, after it. */
export async function createMeshCas(plans: readonly CaPlan[], now: Date): Promise<Write[]> {
  const made = await Promise.all(
    plans.map(async ({ mesh, backend, replace, lifetimeMs, rsaBits }): Promise<Write[]> => {
      const { certificate, privateKey } = await meshAuthority({ mesh, now, lifetimeMs, rsaBits })
      const put = (name: string, text: string): Write => ({
        op: 'put',
        resource: secretOf(secretKey(mesh, name), text),
        expect: replace ? undefined : 'absent',
      })
      return [put(secretNames.caCertificate(mesh, backend), certificate), put(secretNames.caKey(mesh, backend), privateKey)]
    }),
  )
  return made.flat()
}
