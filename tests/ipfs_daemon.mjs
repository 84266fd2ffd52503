// Runs js-ipfs, a real IPFS node, on loopback: Kubo's RPC, a gateway, bitswap over TCP; no network.
// Where the packages are: SEALBOOK_IPFS_MODULES, a node_modules folder.
// Arguments: the repository's folder, and the ports of RPC, gateway and swarm.
// Prints one line of JSON when it answers: what `id` says. Ends with its standard input.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const folder = process.env.SEALBOOK_IPFS_MODULES
const load = async (name) => import(pathToFileURL(join(folder, name, entry(name))))

function entry (name) {
  const { exports } = createRequire(import.meta.url)(join(folder, name, 'package.json'))
  return exports['.'].import
}

const { create } = await load('ipfs-core')
const { HttpApi } = await load('ipfs-http-server')
const { HttpGateway } = await load('ipfs-http-gateway')

const [repo, api, gateway, swarm] = process.argv.slice(2)
const loopback = (port) => `/ip4/127.0.0.1/tcp/${port}`

const ipfs = await create({
  repo,
  silent: true,
  init: { profiles: ['test'], emptyRepo: true, algorithm: 'Ed25519' },
  config: {
    Addresses: { API: loopback(api), Gateway: loopback(gateway), Swarm: [loopback(swarm)], RPC: '' },
    Bootstrap: [],
    Discovery: { MDNS: { Enabled: false }, webRTCStar: { Enabled: false } },
    Routing: { Type: 'none' }
  }
})
await new HttpApi(ipfs).start()
await new HttpGateway(ipfs).start()
const { id, addresses, agentVersion } = await ipfs.id()
console.log(JSON.stringify({ id, addresses, agentVersion }))

// An orphan ends: the pipe closes with the process that holds it, however that one ends.
process.stdin.on('end', () => process.exit()).resume()
