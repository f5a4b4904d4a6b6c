import type { ResourceKey } from '../core/resource.js'
import type { ProxyDraft } from './draft.js'
import { type IdentityMaterial, type SecretTracker, caSecret, identitySecret, joinedCas } from './secrets.js'

/** Sends the certificates that the resources refer to. Without them the references stay: the proxy waits and lets nobody in. */
export function addIdentity(secrets: SecretTracker, material: IdentityMaterial | undefined, proxy: ResourceKey, draft: ProxyDraft): void {
  const { identity, cas, allCas } = secrets.used()
  if (identity === undefined) return
  if (!material) {
    const message = 'mTLS is on, but the proxy was given no certificate: it will neither take nor make connections inside the mesh'
    draft.issues.push({ level: 'error', code: 'no-identity', path: 'mtls', message, resource: proxy })
    return
  }
  draft.secrets.set(identity, identitySecret(identity, material))
  if (allCas) draft.secrets.set(allCas, caSecret(allCas, joinedCas(material)))
  for (const [mesh, name] of cas) {
    const pem = material.trustedCas.get(mesh)
    if (pem) draft.secrets.set(name, caSecret(name, pem))
    else {
      const message = `the certificates of mesh "${mesh}" are not known: connections there will be refused`
      draft.issues.push({ level: 'error', code: 'no-trusted-ca', path: 'mtls', message, resource: proxy })
    }
  }
}
