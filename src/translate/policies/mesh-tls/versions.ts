/** Oldest first; `TLSAuto` leaves it to Envoy. */
export const tlsVersions = ['TLSAuto', 'TLS10', 'TLS11', 'TLS12', 'TLS13'] as const
