import 'vitest'
import type { MeshMatchers } from '@kuma/core/testing'

declare module 'vitest' {
  interface Matchers<T> extends MeshMatchers {}
}
