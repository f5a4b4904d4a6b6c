import type { AccessLog } from '../../../gen/envoy/config/accesslog/v3/accesslog.js'
import type { Route } from '../../../gen/envoy/config/route/v3/route_components.js'
import { Lua } from '../../../gen/envoy/extensions/filters/http/lua/v3/lua.js'
import type { ListenerDraft } from '../../draft.js'
import { metadataFilter } from '../../envoy/access-log.js'
import { httpFilter, prependHttpFilter } from '../../envoy/hcm.js'
import { parseKri, withoutSection } from '../../rules/index.js'
import type { MatchedAccessLogs } from './match.js'
import type { AccessLogConf } from './schema.js'

const namespace = 'kuma.routes'
const key = 'route_kri'
const luaFilter = 'envoy.filters.http.lua'

/** Loggers only see dynamic metadata, which routes can't set: a script copies the route's identifier there. */
const script = `function envoy_on_request(handle)
  local meta = handle:metadata():get("${key}")
  if meta ~= nil then
    handle:streamInfo():dynamicMetadata():set("${namespace}", "${key}", meta)
  end
end
`

/** Limits a logger to requests that take no route of which something is said. */
export function unlessRouted(log: AccessLog): AccessLog {
  return { ...log, filter: metadataFilter(namespace, key, undefined) }
}

/** Loggers of the routes of which policies say something, each limited to its route. */
export function routeLogs(
  { to }: MatchedAccessLogs,
  { chains }: ListenerDraft,
  loggersOf: (conf: AccessLogConf) => AccessLog[],
): AccessLog[] {
  const byRoute = new Map<string, { readonly conf: AccessLogConf; readonly routes: Route[] }>()
  for (const { route } of chains) {
    for (const candidate of route?.virtualHosts?.flatMap(({ routes = [] }) => routes) ?? []) {
      const { name = '' } = candidate
      if (!parseKri(name)) continue
      const conf = (to.exactly(name) ?? to.exactly(withoutSection(name)))?.confs[0]
      const known = byRoute.get(name)
      if (known) known.routes.push(candidate)
      else if (conf) byRoute.set(name, { conf, routes: [candidate] })
    }
  }
  const sorted = [...byRoute].sort(([a], [b]) => (a < b ? -1 : 1))
  const logs = sorted.flatMap(([name, { conf }]) =>
    loggersOf(conf).map((log) => ({ ...log, filter: metadataFilter(namespace, key, name) })),
  )
  for (const [name, { routes }] of sorted) for (const candidate of routes) nameRoute(candidate, name)
  if (logs.length > 0)
    for (const { hcm } of chains) if (hcm) prependHttpFilter(hcm, httpFilter(luaFilter, Lua, { defaultSourceCode: inline(script) }))
  return logs
}

const inline = (inlineString: string) => ({ specifier: { $case: 'inlineString' as const, inlineString } })

function nameRoute(route: Route, name: string): void {
  route.metadata = { ...route.metadata, filterMetadata: { ...route.metadata?.filterMetadata, [luaFilter]: { [key]: name } } }
}
