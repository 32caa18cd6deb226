import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { sharedData } from './shared-data.ts'

const TESTS = resolve(import.meta.dirname, '..')
const SCENARIOS = resolve(TESTS, '../sipp-scenarios')
/** What SIPp would put in; the digits are of a drama number. */
const FILLED: Readonly<Record<string, string>> = {
  call_id: '7-4242@127.0.0.1',
  call_number: '7',
  field0: '4007',
  local_ip: '127.0.0.1',
  local_ip_type: '4',
  local_port: '5062',
  media_ip: '127.0.0.1',
  media_ip_type: '4',
  media_port: '6000',
  peer_tag_param: ';tag=0123456789abcdef',
  pid: '4242',
  remote_ip: '127.0.0.1',
  remote_port: '5060',
  transport: 'UDP'
}

/** A message that mutants are made of. */
export interface Seed {
  readonly name: string
  readonly text: string
}

export interface Seeds {
  readonly seeds: readonly Seed[]
  /** What is not beside the project, to be said where the seeds are used. */
  readonly missing: readonly string[]
}

/** Every SIP message we have: the corpus, the torture messages of two RFCs, recording offers, our own scenarios. */
export function loadSeeds(): Seeds {
  const missing: string[] = []
  const shared = (folder: string) => {
    const path = sharedData(folder)
    if (path === undefined) missing.push(folder)
    return path === undefined ? [] : filesOf(path)
  }
  const seeds = [
    ...['sip/valid', 'sip/invalid', 'siprec'].flatMap(folder => filesOf(join(TESTS, 'corpus', folder))),
    ...['sip-rfc4475', 'sip-rfc5118'].flatMap(shared),
    ...shared('siprec-metadata').flatMap(asOffer),
    ...filesOf(SCENARIOS, '.xml').flatMap(inScenario)
  ]
  return { seeds, missing }
}

function filesOf(folder: string, end = ''): Seed[] {
  const names = readdirSync(folder)
    .filter(name => name.endsWith(end))
    .sort()
  return names.map(name => ({ name, text: readFileSync(join(folder, name), 'latin1') }))
}

/** A recorded multipart body as the body of an INVITE. */
function asOffer({ name, text }: Seed): Seed[] {
  const body = text.replace(/\r?\n/g, '\r\n').trimStart()
  const boundary = /^--([^\r\n]+)/.exec(body)?.[1]
  if (boundary === undefined) return []
  const head = [
    'INVITE sip:999@callbox.invalid SIP/2.0',
    'Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKoffer',
    'From: <sip:src@switch.invalid>;tag=offer',
    'To: <sip:999@callbox.invalid>',
    'Call-ID: offer',
    'CSeq: 1 INVITE',
    'Contact: <sip:src@127.0.0.1:5060>;+sip.src',
    'Require: siprec',
    `Content-Type: multipart/mixed;boundary="${boundary}"`,
    `Content-Length: ${body.length}`
  ]
  return [{ name, text: `${head.join('\r\n')}\r\n\r\n${body}` }]
}

/** Each message a scenario sends, with its variables filled. */
function inScenario({ name, text }: Seed): Seed[] {
  const found: Seed[] = []
  for (const [, sent = ''] of text.matchAll(/<send\b[^>]*>\s*<!\[CDATA\[([\s\S]*?)\]\]>/g)) {
    const lines = sent.split('\n').map(line => line.trim())
    const filled = lines
      .join('\r\n')
      .trim()
      .replace(/\[branch\]/g, `z9hG4bK-4242-7-${found.length}`)
      .replace(/\[\$\w+\]/g, '123')
      // As its first message had it.
      .replace(/\[last_([\w-]+):\]/g, (_, header: string) => lineOf(found[0]?.text ?? '', header))
      .replace(/\[(\w+)\]/g, (whole, key: string) => FILLED[key] ?? whole)
    const at = filled.indexOf('\r\n\r\n')
    const head = at < 0 ? filled : filled.slice(0, at)
    const body = at < 0 ? '' : `${filled.slice(at + 4)}\r\n`
    found.push({
      name: `${name}#${found.length}`,
      text: `${head.replace('[len]', String(body.length))}\r\n\r\n${body}`
    })
  }
  return found
}

function lineOf(text: string, header: string): string {
  return text.split('\r\n').find(line => line.startsWith(`${header}:`)) ?? ''
}
