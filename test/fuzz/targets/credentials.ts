import { KumaError } from '../../../src/core/errors.js'
import { checkCaPair } from '../../../src/server/ca/check.js'
import { meshAuthority } from '../../../src/server/certificates.js'
import { createTokens } from '../../../src/server/tokens/tokens.js'
import { createMemoryStore } from '../../../src/store/memory.js'
import type { MakeTarget } from '../target.js'

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const header = part({ alg: 'RS256', kid: '1', typ: 'JWT' })

/** The reader of tokens: nothing is believed that it was not made to believe, and every refusal is one of its own. */
export const jwt: MakeTarget = () => {
  const tokens = createTokens({ store: createMemoryStore() })
  return {
    seeds: [`${header}.${part({ Name: 'jo', Groups: ['a'], exp: 2e9 })}.c2ln`, `${part({ alg: 'none' })}.${part({})}.`, 'a.b.c'],
    async run(input) {
      const text = new TextDecoder().decode(input)
      for (const verify of [tokens.verifyUser, tokens.verifyZone, (token: string) => tokens.verifyDataplane(token, 'shop')]) {
        try {
          await verify(text)
        } catch (error) {
          if (error instanceof KumaError) continue
          throw error
        }
        throw new Error('a token was believed that nobody made')
      }
    },
  }
}

/** The reader of certificates that users bring. */
export const x509: MakeTarget = async () => {
  const now = new Date('2026-01-01T00:00:00Z')
  const { certificate, privateKey } = await meshAuthority({ mesh: 'shop', now, lifetimeMs: 3_600_000 })
  return {
    seeds: [certificate, `${certificate}${certificate}`, privateKey, '-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n'],
    run(input) {
      const text = new TextDecoder().decode(input)
      checkCaPair({ certificate: text, privateKey })
      checkCaPair({ certificate, privateKey: text })
    },
  }
}
