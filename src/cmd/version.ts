/** The version of this package; a test holds it to package.json. */
export const version = '0.1.0'

/** The Kuma release whose answers are ours. */
export const kumaVersion = '2.14.3'
