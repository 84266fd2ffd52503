// Prints the CIDs that ipfs-unixfs-importer gives to files of the sizes on the command line.
// Contents: chunk n (of 1 MiB) is n in 8 bytes, big-endian, then byte i is 31·i + (i >> 8).
// Where the packages are: SEALBOOK_NODE_MODULES, a node_modules folder.
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { join } from 'node:path'

const folder = process.env.SEALBOOK_NODE_MODULES
const load = async (name) => import(pathToFileURL(join(folder, name, entry(name))))

function entry (name) {
  const { exports } = createRequire(import.meta.url)(join(folder, name, 'package.json'))
  return exports['.'].import
}

const { importer } = await load('ipfs-unixfs-importer')
const { BlackHoleBlockstore } = await load('blockstore-core')
const CHUNK = 1024 * 1024

const pattern = Uint8Array.from({ length: CHUNK }, (_, i) => 31 * i + (i >> 8))

function * content (size) {
  for (let n = 0; n * CHUNK < size; n++) {
    const chunk = pattern.slice()
    new DataView(chunk.buffer).setBigUint64(0, BigInt(n))
    yield chunk.subarray(0, Math.min(CHUNK, size - n * CHUNK))
  }
}

const cids = {}
for (const size of process.argv.slice(2)) {
  const source = [{ path: 'file', content: content(Number(size)) }]
  const options = { profile: 'unixfs-v1-2025' }
  for await (const file of importer(source, new BlackHoleBlockstore(), options)) {
    cids[size] = file.cid.toString()
  }
}
console.log(JSON.stringify(cids))
