import type { Store } from '../../core/store.js'
import type { WriteRule } from '../resource-writer.js'
import { hasSigningKey, makeSigningKey } from './signing-keys.js'
import { dataplaneKeys } from './tokens.js'

/** The key that signs a mesh's dataplane tokens comes with the mesh. */
export function meshTokenKeyRule({ store }: { readonly store: Pick<Store, 'list'> }): WriteRule {
  return {
    type: 'Mesh',
    accompany: async ({ name }) => {
      const keys = dataplaneKeys(name)
      return (await hasSigningKey(store, keys)) ? [] : [{ op: 'put', resource: await makeSigningKey(keys), expect: 'absent' }]
    },
  }
}
