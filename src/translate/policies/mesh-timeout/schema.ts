import * as z from 'zod'
import { defineKind } from '../../../core/kind.js'
export interface TimeoutConf { readonly connectionTimeout?: string; readonly idleTimeout?: string; readonly http?: { readonly requestTimeout?: string; readonly streamIdleTimeout?: string; readonly maxStreamDuration?: string; readonly maxConnectionDuration?: string; readonly requestHeadersTimeout?: string } }
export const MeshTimeout = defineKind<unknown>({ type: 'MeshTimeout', plural: 'meshtimeouts', shortName: 'mt', displayName: { singular: 'Mesh Timeout', plural: 'Mesh Timeouts' }, scope: 'Mesh', encoding: 'openapi', policy: { matching: 'targetRef' }, schema: () => z.any() })
