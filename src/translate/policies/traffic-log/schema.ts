import * as z from 'zod'
import { defineKind } from '../../../core/kind.js'
import type { ConnectionSpec } from '../../source-destination.js'

export interface TrafficLogSpec extends ConnectionSpec {
  /** Name of one of the mesh's logging backends; the default one where it is missing. */
  readonly conf?: { readonly backend?: string }
}

export const TrafficLog = defineKind<TrafficLogSpec>({ type: 'TrafficLog', plural: 'traffic-logs', displayName: { singular: 'Traffic Log', plural: 'Traffic Logs' }, scope: 'Mesh', encoding: 'proto', schema: () => z.any() })
