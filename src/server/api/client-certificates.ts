import { TLSSocket } from 'node:tls'
import { type Authenticator, admin } from './access.js'

/**
 * Whoever shows a certificate that the API's own `tls.ca` has signed is the administrator, as in Kuma (`apiServer.auth.clientCertsDir`).
 * A certificate that anybody else signed counts as none.
 */
export const clientCertificateAuthenticator: Authenticator = ({ socket }) =>
  socket instanceof TLSSocket && socket.authorized && Object.keys(socket.getPeerCertificate()).length > 0 ? admin : undefined
