/** What users import in their own tests. Needs `fast-check`, an optional peer dependency. */
export { type ArbitraryEdit, type ArbitraryMesh, type ArbitraryMeshOptions, arbitraryEdits, arbitraryMesh } from './arbitraries.js'
export type { GoldenAnswer } from './golden-files.js'
export { type MeshSource, type TestMesh, meshFrom, meshOf } from './test-mesh.js'
export { type MeshMatchers, type RouteExpectation, meshMatchers } from './matchers.js'
export { type Rejection, type Validation, validateWithEnvoy } from './validate-with-envoy.js'
export {
  type GoldenCase,
  answerGolden,
  goldenCases,
  goldenFaults,
  rewriteGolden,
  storedGolden,
  translateGolden,
} from './golden.js'
export type { Outcome, SimulatedRequest, Simulation } from '../simulate/index.js'
