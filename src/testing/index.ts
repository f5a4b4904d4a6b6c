/** What users import in their own tests. Needs `fast-check`, an optional peer dependency. */
export { type ArbitraryEdit, type ArbitraryMesh, type ArbitraryMeshOptions, arbitraryEdits, arbitraryMesh } from './arbitraries.js'
export {
  type GoldenAnswer,
  type GoldenCase,
  answerGolden,
  goldenCases,
  goldenFaults,
  rewriteGolden,
  storedGolden,
  translateGolden,
} from './golden.js'
