import type { HeaderMatcher } from '../../gen/envoy/config/route/v3/route_components.js'
import type { StringMatcher } from '../../gen/envoy/type/matcher/v3/string.js'
import { exactly, startsWith } from './tls.js'

/** How targetRef policies match a header of a request or response. Source: `common/v1alpha1`, HeaderMatch. */
export interface HeaderMatch {
  readonly type?: 'Exact' | 'Present' | 'RegularExpression' | 'Absent' | 'Prefix'
  readonly name: string
  readonly value?: string
}

export function headerMatcher({ name, type = 'Exact', value = '' }: HeaderMatch): HeaderMatcher {
  const present = (presentMatch: boolean): HeaderMatcher => ({ name, headerMatchSpecifier: { $case: 'presentMatch', presentMatch } })
  const text = (stringMatch: StringMatcher): HeaderMatcher => ({ name, headerMatchSpecifier: { $case: 'stringMatch', stringMatch } })
  switch (type) {
    case 'Present':
      return present(true)
    case 'Absent':
      return present(false)
    case 'RegularExpression':
      return text({ matchPattern: { $case: 'safeRegex', safeRegex: { regex: value } } })
    case 'Prefix':
      // Envoy refuses an empty prefix, which any value has.
      return value === '' ? present(true) : text(startsWith(value))
    case 'Exact':
      return text(exactly(value))
  }
}
