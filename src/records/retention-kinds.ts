import { leastIdAt } from '../call/ids.ts'
import type { RetentionKey } from '../operations/retention-schema.ts'
import { numberHeld, rowHeld } from './legal-holds.ts'

/*
 * What goes by age, kind by kind. A run goes through each table once, in the order of its key and a batch at a time; the
 * pieces of SQL here are put together in retention.ts. In all of them `$1` and `$2` are forces and their limits (epoch ms),
 * `$3` is the limit of any other force, `$4` now, `$5` the number of rows looked at; then comes where the batch begins.
 */

export interface RetentionKind {
  readonly name: string
  readonly months: RetentionKey
  readonly table: string
  /** Columns of the key in whose order the table is gone through, with type and a value below all others. */
  readonly key: readonly (readonly [name: string, type: string, first: string])[]
  /** Of a row `r`, SQL: how old it is, epoch ms, whose it is, and, where given, that the batch needs not look beyond it. */
  readonly at: string
  readonly force: string
  readonly bound?: string
  readonly join?: string
  /** Columns that `due` and `held` need beside these. */
  readonly columns?: readonly string[]
  /** Of a row `b` that is old enough (`before` is the limit of its force): that nothing else needs it. */
  readonly due?: string
  /** That a hold keeps it. */
  readonly held: string
  /** What goes with the rows in `gone`, each a statement. */
  readonly with?: readonly string[]
}

const NOW = '$4'
/** A day's ids are all from its first moment on. */
const DAY_MS = 86_400_000
/** Only ids of days that are over for every force. */
export const oldestIdKept = (limit: number) => leastIdAt(limit + DAY_MS)

/** The list of calls that must be kept is made when the run begins, and anew when a hold is made or released. */
const CALL_HELD = 'exists (select from held_call h where h.call_id = b.call_id)'
const OF_CALL = 'left join contact c on c.call_id = r.call_id'
const FORCE_OF_CALL = `coalesce(c.force, '')`

const delivered = (popId: string) => `case when ${popId} ~ '^p_[0-9a-f-]{36}$' then substr(${popId}, 3)::uuid end`

const calledSince = (e164: string) =>
  `exists (select from contact c where (c.network_e164 = ${e164} or c.presentation_e164 = ${e164})
     and b.of_force in (c.force, c.home_force) and c.offered_at >= before)`

export const RETENTION_KINDS: readonly RetentionKind[] = [
  {
    ...{ name: 'contacts', months: 'contactsMonths', table: 'contact' },
    key: [
      ['offered_at', 'bigint', '-1'],
      ['call_id', 'uuid', '00000000-0000-0000-0000-000000000000']
    ],
    ...{ at: 'r.offered_at', force: 'r.force', held: CALL_HELD },
    with: [
      'delete from location_fix using gone where location_fix.call_id = gone.call_id',
      'delete from wrap_up using gone where wrap_up.call_id = gone.call_id',
      'delete from escalation using gone where escalation.call_id = gone.call_id',
      `delete from pop_delivery using gone where pop_id = 'p_' || gone.call_id`,
      'delete from contact_incident using gone where contact_incident.call_id = gone.call_id',
      'delete from incident_link_act using gone where incident_link_act.call_id = gone.call_id',
      'delete from caller_word using gone where caller_word.call_id = gone.call_id',
      'delete from incident_place using gone where incident_place.call_id = gone.call_id',
      'delete from call_note using gone where call_note.call_id = gone.call_id',
      'delete from job_choice using gone where job_choice.call_id = gone.call_id',
      'delete from handover_outbox using gone where handover_outbox.call_id = gone.call_id',
      'delete from handover_alarm using gone where handover_alarm.call_id = gone.call_id',
      'delete from handover_step using gone where handover_step.call_id = gone.call_id',
      'delete from handover using gone where handover.call_id = gone.call_id',
      'delete from deployment using gone where deployment.call_id = gone.call_id',
      'delete from ledger_later using gone where ledger_later.call_id = gone.call_id',
      'delete from ledger_act using gone where ledger_act.call_id = gone.call_id',
      'delete from ledger using gone where ledger.call_id = gone.call_id'
    ]
  },
  {
    ...{ name: 'journal', months: 'journalMonths', table: 'journal' },
    key: [['event_id', 'uuid', '00000000-0000-0000-0000-000000000000']],
    ...{ at: 'r.received_at', force: 'r.force', columns: ['r.call_id'], held: CALL_HELD },
    bound: 'r.event_id < $6::uuid'
  },
  {
    ...{ name: 'location-fixes', months: 'locationFixesMonths', table: 'location_fix' },
    key: [
      ['call_id', 'uuid', '00000000-0000-0000-0000-000000000000'],
      ['fix_id', 'text', '']
    ],
    ...{ at: 'r.came_at', force: FORCE_OF_CALL, join: OF_CALL, held: CALL_HELD },
    bound: 'r.call_id < $6::uuid'
  },
  {
    ...{ name: 'deliveries', months: 'deliveriesMonths', table: 'pop_delivery' },
    key: [
      ['pop_id', 'text', ''],
      ['handler', 'text', '']
    ],
    at: 'coalesce(r.acked_at, r.seen_at, c.offered_at, 0)',
    ...{ force: FORCE_OF_CALL, columns: ['c.call_id'], held: CALL_HELD },
    join: `left join contact c on c.call_id = ${delivered('r.pop_id')}`,
    bound: `r.pop_id < 'p_' || $6::text`
  },
  {
    ...{ name: 'wrap-ups', months: 'deliveriesMonths', table: 'wrap_up' },
    key: [
      ['call_id', 'uuid', '00000000-0000-0000-0000-000000000000'],
      ['handler', 'text', '']
    ],
    ...{ at: 'r.had_at', force: FORCE_OF_CALL, join: OF_CALL, held: CALL_HELD },
    bound: 'r.call_id < $6::uuid'
  },
  {
    ...{ name: 'ledger', months: 'ledgerMonths', table: 'ledger' },
    key: [['call_id', 'uuid', '00000000-0000-0000-0000-000000000000']],
    ...{ at: 'r.closed_at', force: 'r.force', held: CALL_HELD },
    with: [
      'delete from ledger_later using gone where ledger_later.call_id = gone.call_id',
      'delete from ledger_act using gone where ledger_act.call_id = gone.call_id'
    ]
  },
  {
    ...{ name: 'incidents', months: 'incidentsMonths', table: 'incident' },
    key: [['incident_id', 'bigint', '-1']],
    at: 'greatest(r.opened_at, r.closed_at, r.as_of)',
    ...{ force: 'r.force', columns: ['r.reference', 'r.status'] },
    due: `b.status <> 'open' and not exists (select from contact_incident c where c.incident_id = b.incident_id)`,
    held: rowHeld('incident', 'b.reference', 'b.of_force', NOW)
  },
  {
    ...{ name: 'markers', months: 'markersMonths', table: 'marker' },
    key: [['marker_id', 'bigint', '-1']],
    at: 'greatest(r.made_at, r.as_of, r.review_at, r.expires_at)',
    ...{ force: 'r.force', columns: ['r.person_id', 'r.address_id', 'r.e164'] },
    held: `(${rowHeld('person', 'b.person_id::text', 'b.of_force', NOW)} or ${numberHeld('b.e164', 'b.of_force', NOW)}
      or exists (select from person_address p where p.address_id = b.address_id
        and ${rowHeld('person', 'p.person_id::text', 'b.of_force', NOW)}))`
  },
  {
    ...{ name: 'people', months: 'peopleMonths', table: 'person' },
    key: [['person_id', 'bigint', '-1']],
    ...{ at: 'r.as_of', force: 'r.force' },
    due: `not exists (select from marker m where m.person_id = b.person_id)
      and not exists (select from person_address p where p.person_id = b.person_id and p.as_of >= before)
      and not exists (select from number_link l where l.person_id = b.person_id
        and (l.as_of >= before or ${calledSince('l.e164')}))`,
    held: `(${rowHeld('person', 'b.person_id::text', 'b.of_force', NOW)} or exists (select from number_link l
      where l.person_id = b.person_id and ${numberHeld('l.e164', 'b.of_force', NOW)}))`,
    with: [
      'delete from person_address using gone where person_address.person_id = gone.person_id',
      'delete from number_link using gone where number_link.person_id = gone.person_id and address_id is null',
      `update number_link set person_id = null from gone
         where number_link.person_id = gone.person_id and address_id is not null`
    ]
  },
  {
    ...{ name: 'addresses', months: 'peopleMonths', table: 'address' },
    key: [['address_id', 'bigint', '-1']],
    ...{ at: 'r.as_of', force: 'r.force' },
    due: `not exists (select from marker m where m.address_id = b.address_id)
      and not exists (select from person_address p where p.address_id = b.address_id)
      and not exists (select from number_link l where l.address_id = b.address_id
        and (l.as_of >= before or ${calledSince('l.e164')}))`,
    held: `exists (select from number_link l where l.address_id = b.address_id and ${numberHeld('l.e164', 'b.of_force', NOW)})`,
    with: [
      'delete from number_link using gone where number_link.address_id = gone.address_id and person_id is null',
      `update number_link set address_id = null from gone
         where number_link.address_id = gone.address_id and person_id is not null`
    ]
  },
  {
    ...{ name: 'crimes', months: 'crimesMonths', table: 'crime' },
    key: [['crime_id', 'bigint', '-1']],
    ...{ at: `r.month * ${DAY_MS}::bigint`, force: 'r.force', held: 'false' }
  },
  {
    ...{ name: 'searches', months: 'searchesMonths', table: 'search_audit' },
    key: [['search_id', 'bigint', '-1']],
    ...{ at: 'r.at', force: 'r.force', columns: ['r.people'] },
    held: `exists (select from unnest(b.people) as found(person_id)
      where ${rowHeld('person', 'found.person_id::text', 'b.of_force', NOW)})`
  },
  {
    ...{ name: 'disclosures', months: 'disclosuresMonths', table: 'disclosure' },
    key: [['disclosure_id', 'bigint', '-1']],
    ...{ at: 'r.until_at', force: 'r.call_force', columns: ['r.call_id'], held: CALL_HELD }
  }
]
