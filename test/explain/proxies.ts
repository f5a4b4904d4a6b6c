import { applyOffline } from '../../src/cmd/offline.js'
import { placeholderAdminTls, placeholderIdentity, rawCodec } from '../../src/protojson/index.js'
import type { ExplainInput } from '../../src/explain/index.js'
import { createFleet } from '../../src/translate/fleet.js'
import type { ConformanceCase } from '../conformance/cases.js'

/** What each proxy of a case is translated with; resources are what a control plane stores. */
export function proxiesOf({ name, input, metadata }: Pick<ConformanceCase, 'name' | 'input' | 'metadata'>): ExplainInput[] {
  const { resources } = applyOffline([{ name, text: input }])
  const identity = placeholderIdentity(resources.flatMap((resource) => (resource.type === 'Mesh' ? resource.name : [])))
  const common = { identity, workloadIdentity: identity, adminTls: placeholderAdminTls, rawCodec }
  return createFleet(resources)
    .proxies()
    .map((proxy) => ({ resources, proxy, options: { ...common, metadata: metadata[proxy.name] } }))
}

/** The proxy of this name in resources as a user writes them. */
export function proxyIn(input: string, name: string): ExplainInput {
  const found = proxiesOf({ name: 'test', input, metadata: {} }).find(({ proxy }) => proxy.name === name)
  if (!found) throw new Error(`no proxy ${name}`)
  return found
}
