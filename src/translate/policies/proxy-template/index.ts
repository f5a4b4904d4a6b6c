import { definePolicy } from '../policy.js'
import { ProxyTemplate } from './schema.js'
import { match, patch } from './translate.js'

/** Raw Envoy configuration and changes of the generated one. Source: Kuma docs, "Proxy Template". */
export const proxyTemplate = definePolicy({ kind: ProxyTemplate, match, slots: { patch } })
