import { describe } from 'vitest'
import { contractKinds, kubernetesStores } from './kubernetes/stores.js'
import { storeContract } from './store-contract.js'
import { kubernetes } from './with-kubernetes.js'

describe.skipIf(kubernetes.missing)(`Kubernetes ${kubernetes.reason}`, () => {
  const test = kubernetesStores({ kinds: contractKinds, checked: false })

  storeContract('Kubernetes store', {
    histories: 10,
    async create(options) {
      await test.empty()
      return test.open(options)
    },
    async reopen(store, options) {
      await store.close()
      return test.open(options)
    },
  })
})
