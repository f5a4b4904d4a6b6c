import type * as z from 'zod'
import { nanosOf } from '../../../core/duration.js'
import { defineKind } from '../../../core/kind.js'
import { selector } from '../../../core/kinds/selector.js'
import { p } from '../../../core/schema/index.js'
import { checkSelectors, onlyServiceTag } from '../../../core/validate/tags.js'
import { type Place, collect } from '../../../core/validate/violations.js'

/** Source: timeout.proto. The fields of `grpc` are older than those of `http` of the same names, which win. */
export const timeoutSchema = () =>
  p.message({
    sources: p.list(selector()),
    destinations: p.list(selector()),
    conf: p.message(
      {
        connectTimeout: p.duration(),
        tcp: p.message({ idleTimeout: p.duration() }, { snake: ['idleTimeout'] }),
        http: p.message(
          { requestTimeout: p.duration(), idleTimeout: p.duration(), streamIdleTimeout: p.duration(), maxStreamDuration: p.duration() },
          { snake: ['requestTimeout', 'idleTimeout', 'streamIdleTimeout', 'maxStreamDuration'] },
        ),
        grpc: p.message(
          { streamIdleTimeout: p.duration(), maxStreamDuration: p.duration() },
          { snake: ['streamIdleTimeout', 'maxStreamDuration'] },
        ),
      },
      { snake: ['connectTimeout'] },
    ),
  })

export type TimeoutSpec = z.infer<ReturnType<typeof timeoutSchema>>
export type TimeoutConf = NonNullable<TimeoutSpec['conf']>

/** How long clients wait for connections and answers. */
export const Timeout = defineKind<TimeoutSpec>({
  type: 'Timeout',
  plural: 'timeouts',
  displayName: { singular: 'Timeout', plural: 'Timeouts' },
  scope: 'Mesh',
  encoding: 'proto',
  policy: { matching: 'sourceDestination' },
  includeInFederation: true,
  schema: timeoutSchema,
  validate({ sources, destinations, conf }) {
    const root = collect()
    checkSelectors(root.field('sources'), sources, { requireSelector: true, requireTag: true, requireService: true })
    checkSelectors(root.field('destinations'), destinations, onlyServiceTag)
    const at = root.field('conf')
    if (!conf) at.add('has to be defined')
    const { tcp, http, grpc } = conf ?? {}
    if (tcp) checkSection(at.field('tcp'), tcp, ['idleTimeout'], 'has to be greater than 0')
    if (http) checkSection(at.field('http'), http, ['requestTimeout', 'idleTimeout'])
    if (grpc) checkSection(at.field('grpc'), grpc, ['streamIdleTimeout', 'maxStreamDuration'])
    return root.violations
  },
})

/** At least one of the named timeouts is there, and those that are there limit something. */
function checkSection<Name extends string>(
  at: Place,
  section: { readonly [Key in Name]?: string },
  names: readonly Name[],
  fault = 'has to be greater than 0 when defined',
): void {
  if (names.every((name) => section[name] === undefined)) at.add('at least one timeout in section has to be defined')
  for (const name of names) {
    const value = section[name]
    if (value !== undefined && nanosOf(value) === 0n) at.field(name).add(fault)
  }
}
