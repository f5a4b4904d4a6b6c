import type { MakeTarget } from '../target.js'
import { api } from './api.js'
import { jwt, x509 } from './credentials.js'
import { resources } from './resources.js'
import { xds } from './xds.js'

/** Everything that reads what others send. */
export const targets: Readonly<Record<string, MakeTarget>> = { resources, jwt, x509, api, xds }
