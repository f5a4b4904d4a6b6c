import { createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { TokensOptions, Validator } from '../../server/tokens/tokens.js'
import { ConfigFault, type KumaCpConfig } from './config.js'

type Settings = KumaCpConfig['apiServer']['authn']['tokens']['validator']

/** The keys that the settings name, read. @throws ConfigFault */
export function readValidators({ apiServer, dpServer }: KumaCpConfig): NonNullable<TokensOptions['validators']> {
  return {
    user: read('apiServer.authn.tokens.validator', apiServer.authn.tokens.validator),
    dataplane: read('dpServer.authn.dpProxy.dpToken.validator', dpServer.authn.dpProxy.dpToken.validator),
    zone: read('dpServer.authn.zoneProxy.zoneToken.validator', dpServer.authn.zoneProxy.zoneToken.validator),
  }
}

function read(path: string, { useSecrets, publicKeys }: Settings): Validator {
  const keys = publicKeys.map(({ kid, mesh, key, keyFile }, i) => {
    try {
      const text = key ?? readFileSync(keyFile ?? '', 'utf8')
      // A private key would be taken too, and does not belong here.
      if (text.includes('PRIVATE KEY')) throw new Error('expected the public key alone, found a private one')
      createPublicKey(text)
      return { kid, mesh, key: text }
    } catch (error) {
      throw new ConfigFault(`${path}.publicKeys[${i}]: ${(error as Error).message}`)
    }
  })
  return { useSecrets, publicKeys: keys }
}
