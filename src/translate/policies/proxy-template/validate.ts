import { goQuote } from '../../../core/go.js'
import type { ValidationContext, Violation } from '../../../core/kind.js'
import { checkSelectors } from '../../../core/validate/tags.js'
import { type Place, collect } from '../../../core/validate/violations.js'
import { type Target, typeUrls } from '../../patch/modification.js'
import type { ProxyTemplateSpec, RawResource, TemplateModification } from './schema.js'

export function validateProxyTemplate({ selectors, conf = {} }: ProxyTemplateSpec, context: ValidationContext): Violation[] {
  const root = collect()
  checkSelectors(root.field('selectors'), selectors, { requireService: true, requireTag: true })
  const at = root.field('conf')
  for (const [i, name] of (conf.imports ?? []).entries()) checkProfile(at.field('imports').index(i), name)
  for (const [i, resource] of (conf.resources ?? []).entries()) checkResource(at.field('resources').index(i), resource, context)
  for (const [i, modification] of (conf.modifications ?? []).entries()) {
    checkModification(at.field('modifications').index(i), modification, context)
  }
  return root.violations
}

const profiles = ['default-proxy', 'egress-proxy', 'gateway-proxy', 'ingress-proxy']

function checkProfile(at: Place, name: string): void {
  if (name === '') at.add('cannot be empty')
  else if (!profiles.includes(name)) at.add(`profile not found. Available profiles: ${profiles.join(',')}`)
}

function checkResource(at: Place, { name, version, resource }: RawResource, context: ValidationContext): void {
  if (!name) at.field('name').add('cannot be empty')
  if (!version) at.field('version').add('cannot be empty')
  if (!resource) at.field('resource').add('cannot be empty')
  else checkRaw(at.field('resource'), resource, context)
}

function checkRaw(
  at: Place,
  text: string,
  { rawFault }: ValidationContext,
  options: Parameters<NonNullable<ValidationContext['rawFault']>>[1] = {},
): void {
  const fault = rawFault?.(text, options)
  if (fault !== undefined) at.add(`native Envoy resource is not valid: ${fault}`)
}

const resourceOperations = ['add', 'patch', 'remove']
const filterOperations = ['addFirst', 'addLast', 'addBefore', 'addAfter', 'patch', 'remove']
const targets = ['cluster', 'listener', 'networkFilter', 'httpFilter', 'virtualHost'] as const satisfies readonly Target[]

function checkModification(at: Place, modification: TemplateModification, context: ValidationContext): void {
  for (const target of targets) {
    const change = modification[target]
    if (!change) continue
    const { match, operation = '', value = '' } = change
    const place = at.field(target)
    const isFilter = target === 'networkFilter' || target === 'httpFilter'
    const operations = isFilter ? filterOperations : resourceOperations
    if (!operations.includes(operation)) {
      place.field('operation').add(`invalid operation. Available operations: ${operations.map(goQuote).join(', ')}`)
      continue
    }
    if (isFilter) checkFilterName(place.field('match.name'), operation, match?.name)
    else if (operation === 'add') checkNoMatch(place, target, match)
    if (operation !== 'remove')
      checkRaw(place.field('value'), value, context, { typeUrl: typeUrls[target], partial: operation === 'patch' })
  }
}

function checkFilterName(at: Place, operation: string, name: string | undefined): void {
  if (name) return
  if (operation === 'patch') at.add('cannot be empty')
  if (operation === 'addBefore') at.add('cannot be empty. You need to pick a filter before which this one will be added')
  if (operation === 'addAfter') at.add('cannot be empty. You need to pick a filter after which this one will be added')
}

/** What is added to matches nothing that is there; only virtual hosts may say which routes they are added to. */
function checkNoMatch(at: Place, target: Target, match: { readonly name?: string } | undefined): void {
  if (target === 'virtualHost') {
    if (match?.name) at.field('match.name').add('cannot be defined')
  } else if (match) at.field('match').add('cannot be defined')
}
