import * as p from '../schema/proto.js'

/** One of a policy's `sources`, `destinations` or `selectors`. Source: selector.proto. */
export const selector = () => p.message({ match: p.map(p.string()) })
