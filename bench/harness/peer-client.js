/** Who asks a peer's token endpoint, and for what. */
export const PEER_CLIENT = {
  id: 'lync',
  secret: 'a secret of the bench, with as many letters as one should have',
}
export const PEER_RESOURCE = 'https://exchange.litwareinc.com'
