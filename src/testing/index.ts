/** What users import in their own tests. Needs `fast-check`, an optional peer dependency. */
export { type ArbitraryEdit, type ArbitraryMesh, arbitraryEdits, arbitraryMesh } from './arbitraries.js'
