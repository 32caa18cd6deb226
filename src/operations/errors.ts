/**
 * Every fault of the outside, once. `docs/faults.md` gives each code its remedy for an operator; a test compares
 * the two both ways. `{names}` in a text are filled from the fault's data.
 */
export const FAULTS = {
  'config.unreadable': { level: 'error', retry: false, text: 'Config file {path} cannot be read: {reason}' },
  'config.invalid': { level: 'error', retry: false, text: 'The config has {count} faults' },
  'config.secret-exposed': { level: 'error', retry: false, text: 'Secret file {path} may be read by others' },
  'desks.invalid': { level: 'error', retry: false, text: 'The file of desks has {count} faults' },
  'listen.port-taken': { level: 'error', retry: false, text: 'Port {port} ({what}) is taken{by}' },
  'listen.failed': { level: 'error', retry: false, text: 'Cannot listen on {host}:{port} ({what}): {reason}' },
  'redis.unreachable': { level: 'error', retry: true, text: 'Redis at {where} does not answer' },
  'redis.lost': { level: 'warn', retry: true, text: 'Link to Redis lost' },
  'redis.refuses': { level: 'error', retry: true, text: 'Redis takes no writes: {reason}' },
  'redis.eviction-policy': { level: 'error', retry: false, text: 'Redis at {where} evicts keys ({policy})' },
  'redis.no-server': { level: 'error', retry: false, text: 'No Redis server can be started here' },
  'database.unreachable': { level: 'error', retry: true, text: 'PostgreSQL at {where} does not answer' },
  'database.lost': { level: 'warn', retry: true, text: 'Link to PostgreSQL lost' },
  'database.migration': { level: 'error', retry: false, text: 'Migration {name} failed' },
  'node.lease-lost': {
    level: 'error',
    retry: true,
    text: 'This node cannot renew its lease; other nodes may adopt its calls'
  },
  'record.away': { level: 'warn', retry: true, text: 'The record does not answer. Try again in a moment.' },
  'record.no-month': { level: 'error', retry: true, text: 'The record has no part of its own for {what}: {reason}' },
  'retention.failed': { level: 'error', retry: true, text: 'Not everything that is due was deleted: {kind}: {reason}' },
  'retention.usage': {
    level: 'error',
    retry: false,
    text: 'The command line of retention is not understood: {reason}'
  },
  'retention.unknown': { level: 'error', retry: false, text: 'The record has no {what} {reference} of force {force}' },
  'retention.no-hold': { level: 'error', retry: false, text: 'There is no hold {hold}, or it is released already' },
  'retention.busy': { level: 'error', retry: true, text: 'A gateway, or another command, deletes what is due already' },
  'record.no-call': { level: 'warn', retry: true, text: 'The record does not have this call yet' },
  'embedded.in-use': { level: 'error', retry: false, text: 'Data folder {path} is in use by another gateway' },
  'embedded.exited': { level: 'warn', retry: true, text: 'Embedded {what} ended ({reason}); it is started again' },
  'embedded.start-failed': { level: 'error', retry: false, text: 'Embedded {what} did not start: {reason}' },
  'journal.append-failed': { level: 'error', retry: true, text: 'The journal did not take {count} events' },
  'journal.full': { level: 'error', retry: true, text: 'The journal holds {count} unwritten events, its limit' },
  'journal.quarantined': {
    level: 'error',
    retry: false,
    text: 'PostgreSQL will never take event {event}; it is in {path}'
  },
  'spool.failed': {
    level: 'error',
    retry: true,
    text: 'The spool on this machine’s disk does not take events: {reason}'
  },
  'spool.full': { level: 'error', retry: true, text: 'The spool {path} is full at {count} bytes' },
  'spool.damaged': { level: 'error', retry: false, text: '{count} events in {path} cannot be read' },
  'queue.add-failed': { level: 'warn', retry: true, text: 'Job {job} is not yet queued' },
  'queue.outbox-full': { level: 'error', retry: true, text: 'The outbox holds {count} entries, its limit' },
  'worker.no-stores': {
    level: 'error',
    retry: false,
    text: 'A worker needs the Redis and the PostgreSQL of its gateways; {what} has no address'
  },
  'queue.worker-silent': {
    level: 'error',
    retry: true,
    text: 'The worker of queue {queue} took no jobs; rebuilt, {count} in a row'
  },
  'queue.not-taken': { level: 'error', retry: true, text: 'No worker takes jobs' },
  'queue.job-failed': { level: 'error', retry: true, text: 'Job {job} failed' },
  'session-log.append-failed': { level: 'warn', retry: true, text: 'A session log did not take an event' },
  'lookup.failed': { level: 'warn', retry: true, text: 'Source {source} failed' },
  'lookup.left-alone': {
    level: 'warn',
    retry: true,
    text: 'Source {source} fails or is late again and again; it is left alone, and tried now and then'
  },
  'source.unreachable': { level: 'warn', retry: true, text: 'A source could not be asked: {reason}' },
  'source.refused': { level: 'warn', retry: true, text: 'A source answered with status {status}' },
  'source.redirected': { level: 'warn', retry: false, text: 'A source wants to be asked elsewhere (status {status})' },
  'source.too-large': { level: 'warn', retry: true, text: 'The answer of a source is larger than {count} bytes' },
  'source.unreadable': { level: 'warn', retry: true, text: 'The answer of a source cannot be read: {reason}' },
  'source.bad-mapping': {
    level: 'warn',
    retry: false,
    text: 'The mapping of a source makes no items of its answer: {reason}'
  },
  'map.layer-unreadable': {
    level: 'error',
    retry: false,
    text: 'The layer {path} of the map was not read: {reason}'
  },
  'map.tiles-away': { level: 'warn', retry: true, text: 'The map service gave no tile: {reason}' },
  'places.unreadable': { level: 'error', retry: false, text: '{path} was not read for places: {reason}' },
  'units.areas': {
    level: 'error',
    retry: false,
    text: 'The built-up areas {path} were not read: {reason}; every place counts as urban'
  },
  'units.neighbourhoods': {
    level: 'error',
    retry: false,
    text: 'The neighbourhoods {path} were not read: {reason}; that a unit is of another one costs nothing'
  },
  'units.routing': {
    level: 'warn',
    retry: true,
    text: 'The routing engine of {force} did not answer: {reason}; times are estimates'
  },
  'places.no-shifts': {
    level: 'error',
    retry: false,
    text: 'The OSTN15 file {path} was not read: {reason}; places on the grid are within 5 m'
  },
  'lookup.bad-document': { level: 'info', retry: false, text: 'A location document could not be read: {reason}' },
  'lookup.late-fixes': { level: 'warn', retry: true, text: 'Late fixes of a call could not be read: {reason}' },
  'aml.refused': { level: 'warn', retry: false, text: 'A place that was posted is not taken: it {reason}' },
  'aml.unreadable': { level: 'info', retry: false, text: 'A place that was posted cannot be read: it {reason}' },
  'aml.no-call': { level: 'info', retry: false, text: 'A place was posted and no call from its number came' },
  'location.fix-kept': { level: 'warn', retry: true, text: 'A late fix of {source} waits for the record: {reason}' },
  'location.fix-lost': { level: 'error', retry: false, text: 'A late fix of {source} is lost: {reason}' },
  'eisec.link-lost': { level: 'warn', retry: true, text: 'Link of EISEC log-on {logOn} to {site} lost: {reason}' },
  'eisec.away': { level: 'error', retry: true, text: 'EISEC log-on {logOn} reaches none of its sites: {reason}' },
  'eisec.refused': { level: 'error', retry: true, text: 'EISEC does not let log-on {logOn} in: {reason}' },
  'eisec.password-due': {
    level: 'warn',
    retry: false,
    text: 'The password of EISEC log-on {logOn} must be changed: {count} log-ons are left'
  },
  'eisec.password-refused': {
    level: 'error',
    retry: false,
    text: 'EISEC does not take the new password of log-on {logOn}: {reason}'
  },
  'eisec.bad-frame': { level: 'warn', retry: false, text: 'EISEC site {site} sent what cannot be read: {reason}' },
  'eisec.wrong-answer': {
    level: 'warn',
    retry: false,
    text: 'EISEC site {site} answered what was not asked: {reason}'
  },
  'eisec.no-polling': { level: 'warn', retry: true, text: 'EISEC site {site} does not poll ({reason})' },
  'eisec.unanswered': { level: 'warn', retry: true, text: 'EISEC did not answer for a call' },
  'eisec.full': { level: 'error', retry: true, text: 'More calls than {count} wait for EISEC' },
  'lookup.bad-vehicle-data': {
    level: 'info',
    retry: false,
    text: 'What a vehicle sent with its eCall could not be read: {reason}'
  },
  'lookup.held-refused': { level: 'warn', retry: false, text: 'A location reference was not followed: {reason}' },
  'lookup.held-error': { level: 'info', retry: true, text: 'A location server has no place to tell: {reason}' },
  'lookup.held-late': { level: 'warn', retry: true, text: 'A location server did not answer in time' },
  'lookup.held-failed': { level: 'warn', retry: true, text: 'A location server could not be asked: {reason}' },
  'sip.malformed': { level: 'info', retry: false, text: 'A SIP message could not be read: {reason}' },
  'sip.over-budget': {
    level: 'warn',
    retry: true,
    text: 'A peer sends more than its budget: {refused} refused, {taken} to 999 taken, {unanswered} not answered'
  },
  'sip.datagrams-lost': {
    level: 'error',
    retry: true,
    text: 'More comes over UDP than is read: {count} SIP messages found no room and are lost'
  },
  'sip.unknown-peer': { level: 'info', retry: false, text: 'A SIP message came from no configured peer' },
  'sip.receive-fault': { level: 'error', retry: false, text: 'A SIP message got past every check and broke off' },
  'sip.send-failed': { level: 'warn', retry: true, text: 'A SIP answer could not be sent: {reason}' },
  'sip.tls-refused': { level: 'warn', retry: true, text: 'A TLS connection from {peer} was refused: {reason}' },
  'sip.certificate-kept': {
    level: 'error',
    retry: true,
    text: 'The new certificate files of SIP cannot be used, the old ones go on: {reason}'
  },
  'sip.certificate-ends': { level: 'warn', retry: false, text: 'Days left of the certificate {path}: {days}' },
  'sip.record-silent': {
    level: 'warn',
    retry: true,
    text: 'The record does not say whose dialogs these are: {reason}'
  },
  'tls.unusable': { level: 'error', retry: false, text: '{path} cannot be used for TLS: {reason}' },
  'drachtio.away': { level: 'warn', retry: true, text: 'drachtio at {where} cannot be reached' },
  'drachtio.silent': { level: 'error', retry: true, text: 'drachtio at {where} is connected and does not answer' },
  'drachtio.refused': { level: 'error', retry: true, text: 'drachtio at {where} does not take our secret' },
  'socket.bad-message': { level: 'info', retry: false, text: 'A console sent a message that is not in the protocol' },
  'socket.no-ticket': { level: 'info', retry: false, text: 'A console came without a valid ticket' },
  'http.bad-sign-on': { level: 'info', retry: false, text: 'Handler or password not known' },
  'locate.usage': { level: 'error', retry: false, text: 'The command line of locate is not understood: {reason}' },
  'locate.no-file': { level: 'error', retry: false, text: 'The sample {path} cannot be read: {reason}' },
  'locate.too-large': { level: 'error', retry: false, text: 'The sample is larger than 1 MiB' },
  'locate.unknown': {
    level: 'error',
    retry: false,
    text: 'This is no file that is here, and no sample of a kind that is known'
  },
  'locate.unreadable': { level: 'error', retry: false, text: '{what}: {reason}' },
  'import.usage': { level: 'error', retry: false, text: 'The import cannot be run as asked: {reason}' },
  'import.no-files': { level: 'error', retry: false, text: 'There is no CSV or JSON Lines file in {path}' },
  'import.unreadable': { level: 'error', retry: false, text: '{path} cannot be read: {reason}' },
  'import.in-use': { level: 'error', retry: true, text: 'Another import of {kind} is under way' },
  'import.area': { level: 'error', retry: false, text: 'The area in {path} cannot be used: {reason}' },
  'import.rejects': { level: 'error', retry: false, text: 'The rejected rows cannot be written to {path}: {reason}' },
  'import.places': { level: 'error', retry: false, text: 'The files cannot be put into {path}: {reason}' },
  'wallboard.not-counted': { level: 'error', retry: true, text: 'A figure of the wallboard is not counted: {reason}' },
  'load.options': { level: 'error', retry: false, text: 'The load cannot be run as asked: {reason}' },
  'load.mix': { level: 'error', retry: false, text: 'The mix {path} cannot be used: {reason}' },
  'load.site': { level: 'error', retry: false, text: 'The site {path} cannot be used: {reason}' },
  'load.no-sipp': { level: 'error', retry: false, text: 'SIPp, which places the calls, is not on this machine' },
  'load.no-tls': { level: 'error', retry: false, text: '{version} was built without TLS' },
  'load.sipp-failed': { level: 'error', retry: false, text: 'SIPp placed no calls: {reason}' },
  'load.target-down': { level: 'error', retry: true, text: 'No gateway that takes calls is at {where}: {reason}' },
  'load.other-version': {
    level: 'error',
    retry: false,
    text: 'The gateway at {where} is of version {theirs}, this load of {ours}'
  },
  'load.sign-on': { level: 'error', retry: false, text: 'Handler {handler} cannot sign on at {where}: {reason}' },
  'load.out': { level: 'error', retry: false, text: 'The report cannot be written to {path}: {reason}' },
  'load.no-room': { level: 'error', retry: false, text: 'The disk of {path} has no room for this load: {reason}' },
  'load.report-unreadable': { level: 'error', retry: false, text: 'The report {path} cannot be read: {reason}' },
  'process.bug': { level: 'error', retry: false, text: 'A bug ended the process' }
} as const satisfies Record<string, { level: 'info' | 'warn' | 'error'; retry: boolean; text: string }>

export type FaultCode = keyof typeof FAULTS

/** A fault of the outside, with its code. Bugs are plain Errors. */
export class Fault extends Error {
  readonly code: FaultCode
  readonly data: Readonly<Record<string, string | number>>

  constructor(code: FaultCode, data: Record<string, string | number> = {}, cause?: unknown) {
    super(toText(code, data), cause === undefined ? {} : { cause })
    this.name = 'Fault'
    this.code = code
    this.data = data
  }
}

function toText(code: FaultCode, data: Record<string, string | number>): string {
  return FAULTS[code].text.replace(/\{(\w+)\}/g, (_, name: string) => String(data[name] ?? ''))
}

/** The code of a thrown value, where it has one. */
export function faultCode(thrown: unknown): FaultCode | undefined {
  return thrown instanceof Fault ? thrown.code : undefined
}

/** Text of anything thrown, without a stack; of a record that does not answer, how it did not. */
export function reasonOf(thrown: unknown): string {
  if (faultCode(thrown) === 'record.away' && (thrown as Fault).cause !== undefined)
    return reasonOf((thrown as Fault).cause)
  return thrown instanceof Error ? thrown.message : String(thrown)
}
