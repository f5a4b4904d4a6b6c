import * as z from 'zod'
import { defineKind } from '../../../core/kind.js'
import type { ConnectionSpec } from '../../source-destination.js'
export interface TrafficPermissionSpec extends ConnectionSpec {}
export const TrafficPermission = defineKind<TrafficPermissionSpec>({ type: 'TrafficPermission', plural: 'traffic-permissions', displayName: { singular: 'Traffic Permission', plural: 'Traffic Permissions' }, scope: 'Mesh', encoding: 'proto', schema: () => z.any() })
