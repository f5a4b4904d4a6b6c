import { describe, expect, test } from 'vitest'
import { type Resource, keyOf } from '../../src/core/resource.js'
import { type ExplainInput, type FieldProvenance, translateWithProvenance } from '../../src/explain/index.js'
import { toJson } from '../../src/protojson/index.js'
import { createFleet } from '../../src/translate/fleet.js'
import { registry } from '../../src/translate/kinds.js'
import { resourceTypes } from '../../src/translate/snapshot.js'
import { casesOf, groupNames } from '../conformance/cases.js'
import { proxiesOf } from './proxies.js'

type Value = unknown
/** Leaf fields by path; lists by their path and the names of their items, to know where items have moved. */
type Flat = { readonly leaves: Map<string, string>; readonly lists: Map<string, string> }

/** Written anew, so that what the library takes for a field is not judged by the library. */
function flatten({ resources, proxy, options, fleet }: ExplainInput): Flat {
  const { snapshot } = createFleet(resources, fleet).translate(proxy, options)
  const flat: Flat = { leaves: new Map(), lists: new Map() }
  const walk = (value: Value, path: string): void => {
    const inner: [string, Value][] = Array.isArray(value)
      ? value.map((item, i) => [`[${i}]`, item])
      : typeof value === 'object' && value !== null
        ? Object.entries(value).map(([key, item]) => [/^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`, item])
        : []
    if (Array.isArray(value)) flat.lists.set(path, value.map((item) => item?.name ?? '').join('\n'))
    if (inner.length === 0) flat.leaves.set(path, JSON.stringify(value))
    for (const [step, item] of inner) walk(item, path + step)
  }
  for (const { name: type, typeUrl } of resourceTypes)
    for (const [name, { bytes }] of snapshot[type]) walk(toJson(typeUrl, bytes), `${type}[${JSON.stringify(name)}]`)
  return flat
}

/** Whether the items of a list on the way to a field may have moved. */
function moved(path: string, before: Flat, after: Flat): boolean {
  for (let end = path.indexOf('['); end >= 0; end = path.indexOf('[', end + 1)) {
    const list = path.slice(0, end)
    if (before.lists.has(list) && after.lists.has(list) && before.lists.get(list) !== after.lists.get(list)) return true
  }
  return false
}

const names = (field: FieldProvenance, policy: Resource, redundant: boolean) =>
  field.origins.some(
    ({ resource, redundant: alsoOtherwise = false }) => resource && keyOf(resource) === keyOf(policy) && alsoOtherwise === redundant,
  )

/** Takes a policy away and looks at every field. Gives what provenance said wrongly. */
function wrongAbout(policy: Resource, input: ExplainInput, before: Flat, fields: readonly FieldProvenance[]): string[] {
  const after = flatten({ ...input, resources: [...input.resources].filter((resource) => resource !== policy) })
  return fields.flatMap((field) => {
    if (moved(field.path, before, after)) return []
    const changed = after.leaves.get(field.path) !== before.leaves.get(field.path)
    if (changed === names(field, policy, false)) return []
    return [`${field.path} ${changed ? 'changed without naming' : 'did not change with'} ${policy.type} ${policy.name}`]
  })
}

const isPolicy = ({ type }: Resource) => registry.byType(type)?.policy !== undefined

describe.each(groupNames())('the corpus: %s', (group) => {
  const cases = casesOf(group)
  const chunks = Array.from({ length: Math.ceil(cases.length / 40) }, (_, i) => cases.slice(40 * i, 40 * (i + 1)))

  test.each(chunks.map((chunk) => [chunk[0]?.name, chunk] as const))(
    'each leaf field has provenance; without a policy the fields that name it change and no others: from %s on',
    (_, chunk) => {
      const wrong = chunk.flatMap(({ name, ...rest }) =>
        proxiesOf({ name, ...rest }).flatMap((input) => {
          const before = flatten(input)
          const fields = translateWithProvenance(input).provenance.all({ places: false })
          const missing = [...before.leaves].filter(([path, value]) => JSON.stringify(fields.get(path)?.value) !== value)
          const policies = [...input.resources].filter((resource) => isPolicy(resource) && resource.mesh === input.proxy.mesh)
          const extra = fields.size - before.leaves.size
          const about = policies.flatMap((policy) => wrongAbout(policy, input, before, [...fields.values()]))
          return [
            ...missing.map(([path]) => `${path} has no provenance`),
            ...(extra > 0 ? [`${extra} fields too many`] : []),
            ...about,
          ].map((fault) => `${name} ${input.proxy.name}: ${fault}`)
        }),
      )
      expect(wrong).toEqual([])
    },
    600_000,
  )
})
