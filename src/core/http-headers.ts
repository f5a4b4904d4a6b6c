import * as o from './schema/openapi.js'

/** A header's name, in lower case, as the targetRef policies write it. Source: api/common/v1alpha1, HeaderName. */
export const headerName = () => o.string({ minLength: 1, maxLength: 256, pattern: /^[a-z0-9!#$%&'*+\-.^_\x60|~]+$/ })

/** Headers with a value each. */
export const headerValues = () => o.list(o.object({ name: headerName(), value: o.string() }), { max: 16 })
