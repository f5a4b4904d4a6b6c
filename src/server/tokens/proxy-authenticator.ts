import type { DataplaneSpec } from '../../core/kinds/dataplane.js'
import { KumaError } from '../../core/errors.js'
import type { Resource } from '../../core/resource.js'
import { mergeTagSets } from '../../translate/tags.js'
import type { DataplaneIdentity, Tokens } from './tokens.js'

/** Finds out whether a proxy is the one that it says it is. */
export interface ProxyAuthenticator {
  /** Whether proxies without a credential are refused. */
  readonly required: boolean
  /**
   * @param proxy the Dataplane, ZoneIngress or ZoneEgress that it says it is
   * @param credential what it showed: the value of `authorization`
   * @throws KumaError `bad-token`, `no-signing-key`
   */
  authenticate(proxy: Resource, credential: string | undefined): Promise<void>
}

/** Believes every proxy. For servers that only programs of the same machine can reach. */
export const trustingAuthenticator: ProxyAuthenticator = { required: false, authenticate: async () => {} }

const workloadLabel = 'kuma.io/workload'

/**
 * Believes proxies with a token: data plane proxies with a dataplane token that doesn't name another mesh, name, workload
 * or tags; zone proxies with a zone token of this zone for what they are.
 */
export function tokenAuthenticator(tokens: Pick<Tokens, 'verifyDataplane' | 'verifyZone'>, zone: string): ProxyAuthenticator {
  return {
    required: true,
    async authenticate(proxy, credential) {
      const token = credential?.replace(/^Bearer\s+/i, '').trim()
      if (!token) throw new KumaError('bad-token', tokenRequired)
      if (proxy.type === 'Dataplane')
        return demandDataplane(proxy as Resource<DataplaneSpec>, await tokens.verifyDataplane(token, proxy.mesh ?? ''))
      if (proxy.type !== 'ZoneIngress' && proxy.type !== 'ZoneEgress') throw new KumaError('bad-token', `a ${proxy.type} is no proxy`)
      demandZone(await tokens.verifyZone(token), zone, proxy.type === 'ZoneIngress' ? 'ingress' : 'egress')
    },
  }
}

export const tokenRequired =
  "Dataplane Token is required. Generate token using 'kumactl generate dataplane-token > /path/file' " +
  'and provide it via --dataplane-token-file=/path/file argument to Kuma DP'

function demandDataplane(proxy: Resource<DataplaneSpec>, identity: DataplaneIdentity): void {
  for (const part of ['name', 'mesh'] as const) {
    if (identity[part] !== '' && identity[part] !== proxy[part]) {
      throw new KumaError('bad-token', `proxy ${part} from requestor: ${proxy[part]} is different than in token: ${identity[part]}`)
    }
  }
  demandTags(proxy, identity.tags)
  const workload = proxy.labels[workloadLabel]
  if (identity.workload !== '' && identity.workload !== workload) {
    const message =
      workload === undefined
        ? 'dataplane has no workload label required by the token'
        : `dataplane workload "${workload}" is not allowed with this token. Allowed workload in token is "${identity.workload}"`
    throw new KumaError('bad-token', message)
  }
}

function demandTags({ spec }: Resource<DataplaneSpec>, allowed: DataplaneIdentity['tags']): void {
  const { inbound = [], gateway } = spec.networking ?? {}
  const tags = mergeTagSets([...inbound.map((one) => one.tags ?? {}), gateway?.tags ?? {}])
  for (const [name, values] of Object.entries(allowed)) {
    const found = tags.get(name)
    if (!found) throw new KumaError('bad-token', `dataplane has no tag "${name}" required by the token`)
    const foreign = found.find((value) => !values.includes(value))
    if (foreign !== undefined) {
      const list = values.map((value) => `"${value}"`).join(' ')
      const message = `dataplane contains tag "${name}" with value "${foreign}" which is not allowed with this token. Allowed values in token are [${list}]`
      throw new KumaError('bad-token', message)
    }
  }
}

function demandZone(identity: { readonly zone: string; readonly scope: readonly string[] }, zone: string, scope: string): void {
  if (!identity.scope.includes(scope)) {
    const message = `token cannot be used to authenticate zone entity (${scope} is out of token's scope: [${identity.scope.join(' ')}])`
    throw new KumaError('bad-token', message)
  }
  if (identity.zone !== '' && identity.zone !== zone) {
    throw new KumaError('bad-token', `zone from requestor: ${zone} is different than in token: ${identity.zone}`)
  }
}
