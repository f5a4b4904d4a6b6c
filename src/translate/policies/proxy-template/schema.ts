import type * as z from 'zod'
import { defineKind } from '../../../core/kind.js'
import { selector } from '../../../core/kinds/selector.js'
import { proxyTemplate02 } from '../../../core/older/kuma-0.2.js'
import { p } from '../../../core/schema/index.js'
import { validateProxyTemplate } from './validate.js'

const clusterModification = () =>
  p.message({ match: p.message({ origin: p.string(), name: p.string() }), operation: p.string(), value: p.string() })

const listenerModification = () =>
  p.message({
    match: p.message({ origin: p.string(), name: p.string(), tags: p.map(p.string()) }),
    operation: p.string(),
    value: p.string(),
  })

const filterModification = () =>
  p.message({
    match: p.message({ origin: p.string(), name: p.string(), listenerName: p.string(), listenerTags: p.map(p.string()) }),
    operation: p.string(),
    value: p.string(),
  })

const virtualHostModification = () =>
  p.message({
    match: p.message({ origin: p.string(), name: p.string(), routeConfigurationName: p.string() }),
    operation: p.string(),
    value: p.string(),
  })

/** Source: proxy_template.proto. */
export const proxyTemplateSchema = () =>
  p.message({
    selectors: p.list(selector()),
    conf: p.message({
      imports: p.list(p.string()),
      resources: p.list(p.message({ name: p.string(), version: p.string(), resource: p.string() })),
      modifications: p.list(
        p.message(
          {
            cluster: clusterModification(),
            listener: listenerModification(),
            networkFilter: filterModification(),
            httpFilter: filterModification(),
            virtualHost: virtualHostModification(),
          },
          { oneofs: [['cluster', 'listener', 'networkFilter', 'httpFilter', 'virtualHost']] },
        ),
      ),
    }),
  })

export type ProxyTemplateSpec = z.infer<ReturnType<typeof proxyTemplateSchema>>
export type ProxyTemplateConf = NonNullable<ProxyTemplateSpec['conf']>
export type RawResource = NonNullable<ProxyTemplateConf['resources']>[number]
export type TemplateModification = NonNullable<ProxyTemplateConf['modifications']>[number]

/** Raw Envoy resources, and changes of those that are generated. */
export const ProxyTemplate = defineKind<ProxyTemplateSpec>({
  type: 'ProxyTemplate',
  plural: 'proxytemplates',
  displayName: { singular: 'Proxy Template', plural: 'Proxy Templates' },
  scope: 'Mesh',
  encoding: 'proto',
  policy: { matching: 'selectors' },
  includeInFederation: true,
  modernise: proxyTemplate02,
  schema: proxyTemplateSchema,
  validate: validateProxyTemplate,
})
