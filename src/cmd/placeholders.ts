import { placeholderAdminTls, placeholderIdentity, rawCodec } from '../protojson/index.js'
import type { Resource } from '../core/resource.js'
import type { ProxyOptions } from '../translate/translate.js'

/** What proxies are translated with where nobody issues certificates: their text says what they stand for. */
export function placeholderOptions(resources: readonly Resource[]): ProxyOptions {
  const identity = placeholderIdentity(resources.filter(({ type }) => type === 'Mesh').map(({ name }) => name))
  return { identity, workloadIdentity: identity, adminTls: placeholderAdminTls, rawCodec }
}
