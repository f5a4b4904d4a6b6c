import { createMemoryStore } from '../src/store/memory.js'
import { storeContract } from './store-contract.js'

storeContract('memory store', { create: async (options) => createMemoryStore(options) })
