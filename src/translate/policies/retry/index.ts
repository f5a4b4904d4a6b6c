import { definePolicy } from '../policy.js'
import { Retry } from './schema.js'
import { gateway, match, outbound } from './translate.js'

/** Which failed requests and connections clients try again. Source: Kuma docs, "Retry". */
export const retry = definePolicy({ kind: Retry, match, slots: { outbound, gateway } })
