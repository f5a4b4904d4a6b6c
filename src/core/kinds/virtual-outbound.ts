import type * as z from 'zod'
import { goQuote } from '../go.js'
import { defineKind } from '../kind.js'
import * as p from '../schema/proto.js'
import { isDnsName } from '../validate/address.js'
import { checkSelectors, serviceTag } from '../validate/tags.js'
import { type Place, collect } from '../validate/violations.js'
import { type Evaluated, evaluateTemplate } from './go-template.js'
import { selector } from './selector.js'

/** Source: virtual_outbound.proto. */
export const virtualOutboundSchema = () =>
  p.message({
    selectors: p.list(selector()),
    conf: p.message({
      host: p.string(),
      port: p.string(),
      parameters: p.list(p.message({ name: p.string(), tagKey: p.string() }, { snake: ['tagKey'] })),
    }),
  })

export type VirtualOutboundSpec = z.infer<ReturnType<typeof virtualOutboundSchema>>
export type VirtualOutboundConf = NonNullable<VirtualOutboundSpec['conf']>
type Parameter = NonNullable<VirtualOutboundConf['parameters']>[number]
type Tags = Readonly<Record<string, string>>

/** The tag that a parameter stands for. */
const tagOf = ({ name = '', tagKey }: Parameter) => tagKey || name

/** Tags that a virtual outbound selects its instances by: those of its parameters. */
export function parameterTags({ parameters = [] }: VirtualOutboundConf, tags: Tags): Tags {
  return Object.fromEntries(parameters.flatMap((parameter) => entry(tags, tagOf(parameter), tagOf(parameter))))
}

function entry(tags: Tags, tag: string, key: string): [string, string][] {
  const value = tags[tag]
  return value === undefined ? [] : [[key, value]]
}

function evaluate(template: string, { parameters = [] }: VirtualOutboundConf, tags: Tags): Evaluated {
  const fields = new Map(parameters.flatMap((parameter) => entry(tags, tagOf(parameter), parameter.name ?? '')))
  return evaluateTemplate(template, { fields, missing: '<no value>' })
}

/** The host name of instances with the given tags. */
export function evaluateHost(conf: VirtualOutboundConf, tags: Tags): Evaluated {
  const host = evaluate(conf.host ?? '', conf, tags)
  if (!host.ok || isDnsName(host.text)) return host
  return { ok: false, message: `evaluation of template with parameters didn't return a valid dns name result=${goQuote(host.text)}` }
}

/** The port, as decimal text. */
export function evaluatePort(conf: VirtualOutboundConf, tags: Tags): Evaluated {
  const port = evaluate(conf.port ?? '', conf, tags)
  if (!port.ok) return port
  if (!/^[+-]?\d+$/.test(port.text)) {
    return {
      ok: false,
      message: `evaluation of template with parameters didn't evaluate to a parsable number result=${goQuote(port.text)}`,
    }
  }
  const number = Number(port.text)
  if (number >= 1 && number <= 65535) return { ok: true, text: String(number) }
  return { ok: false, message: `evaluation of template returned a port outside of the range [1..65535] result=${number}` }
}

/** Host names and ports of their own for parts of the mesh. */
export const VirtualOutbound = defineKind<VirtualOutboundSpec>({
  type: 'VirtualOutbound',
  plural: 'virtual-outbounds',
  displayName: { singular: 'Virtual Outbound', plural: 'Virtual Outbounds' },
  scope: 'Mesh',
  encoding: 'proto',
  policy: { matching: 'selectors' },
  includeInFederation: true,
  schema: virtualOutboundSchema,
  validate({ selectors, conf }) {
    const root = collect()
    checkSelectors(root.field('selectors'), selectors, { requireSelector: true, requireTag: true })
    const at = root.field('conf')
    if (!conf) {
      at.add('has to be defined')
      return root.violations
    }
    checkParameters(at.field('parameters'), conf.parameters ?? [])
    checkTemplate(at.field('host'), conf.host, (tags) => evaluateHost(conf, tags), sampleTags(conf, 'dummy'))
    checkTemplate(at.field('port'), conf.port, (tags) => evaluatePort(conf, tags), sampleTags(conf, '1'))
    return root.violations
  },
})

const tagName = /^[a-zA-Z0-9.\-_:/]*$/

function checkParameters(at: Place, parameters: readonly Parameter[]): void {
  const names = new Set<string>()
  for (const [i, { name = '', tagKey }] of parameters.entries()) {
    const place = at.index(i)
    if (names.has(name)) place.field('name').add('name is already used')
    names.add(name)
    if (tagKey) {
      if (!tagName.test(tagKey)) place.field('tagKey').add('must be a valid tag name')
    } else if (!tagName.test(name)) place.field('name').add('must be a valid tag name if you are not setting tagKey')
    if (!/^[a-zA-Z0-9]+$/.test(name)) place.field('name').add('must consist of alphanumeric characters to be used as a gotemplate key')
  }
  if (!parameters.some(({ tagKey }) => tagKey === serviceTag)) at.add(`must contain a parameter with ${serviceTag} as a tagKey`)
}

function sampleTags({ parameters = [] }: VirtualOutboundConf, value: string): Tags {
  return Object.fromEntries(parameters.map((parameter) => [tagOf(parameter), value]))
}

/** A template that fails for tags that any instance could have fails for all. */
function checkTemplate(at: Place, template: string | undefined, evaluate: (tags: Tags) => Evaluated, sample: Tags): void {
  if (!template) return at.add('has to be defined')
  const evaluated = evaluate(sample)
  if (!evaluated.ok) at.add(`template pre evaluation failed with error=${goQuote(evaluated.message)}`)
}
