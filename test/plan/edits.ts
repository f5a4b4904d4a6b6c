import { parseObject } from '../../src/core/parse.js'
import type { Resource } from '../../src/core/resource.js'
import { registry } from '../../src/translate/kinds.js'
import type { Dice } from '../simulate/dice.js'
import { randomPolicies } from '../simulate/policies.js'
import { versions } from '../simulate/vocabulary.js'

/** The resources after one random change: of a policy, of the mesh, of a proxy, or of nothing that counts. */
export function randomEdit(dice: Dice, mesh: string, resources: readonly Resource[], step: number): readonly Resource[] {
  const put = (...changed: readonly Resource[]) => {
    const keys = new Set(changed.map(({ type, name }) => `${type}/${name}`))
    return [...resources.filter(({ type, name }) => !keys.has(`${type}/${name}`)), ...changed]
  }
  const policies = resources.filter(({ type }) => type !== 'Mesh' && type !== 'Dataplane')
  const dataplanes = resources.filter(({ type }) => type === 'Dataplane')
  switch (dice.below(10)) {
    case 0:
    case 1:
    case 2:
      return put(
        ...parsed([
          { ...dice.pick(randomPolicies(dice, mesh)), mesh, name: `edit-${step}`, creationTime: time(step), modificationTime: time(step) },
        ]),
      )
    case 3:
    case 4: {
      const gone = policies.length > 0 ? dice.pick(policies) : undefined
      return resources.filter((resource) => resource !== gone)
    }
    case 5: {
      const gone = dice.pick(['cart-3', 'cart-4', 'db-5', 'log-6'])
      return resources.filter(({ type, name }) => type !== 'Dataplane' || name !== gone)
    }
    case 6:
      return put(edited(dice.pick(dataplanes), (spec) => (spec.networking.inbound[0].tags.version = dice.pick(versions))))
    case 7:
      return put(edited(dice.pick(dataplanes), (spec) => (spec.networking.inbound[0].state = dice.pick(['Ready', 'NotReady']))))
    case 8: {
      const mtls = (name: string) => ({
        enabledBackend: name,
        backends: [{ name, type: 'builtin', mode: dice.pick(['STRICT', 'PERMISSIVE']) }],
      })
      const own = resources.find(({ type }) => type === 'Mesh')
      return own ? put(edited(own, (spec) => (spec.mtls = dice.chance(0.2) ? undefined : mtls(dice.pick(['ca', 'ca-2']))))) : resources
    }
    default:
      return put(edited(dice.pick(dataplanes), (spec) => spec.networking.outbound.length > 1 && spec.networking.outbound.pop()))
  }
}

const time = (step: number) => new Date(Date.UTC(2001, 0, 1) + step * 1000).toISOString().replace('.000Z', 'Z')

function parsed(values: readonly object[]): Resource[] {
  return values.flatMap((value) => parseObject(JSON.parse(JSON.stringify(value)), registry).resources)
}

// biome-ignore lint/suspicious/noExplicitAny: specs of several kinds are edited in place
function edited(resource: Resource, edit: (spec: any) => void): Resource {
  const copy = structuredClone(resource)
  edit(copy.spec)
  return JSON.parse(JSON.stringify(copy)) as Resource
}
