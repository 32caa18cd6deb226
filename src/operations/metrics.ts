import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

const SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Makes one of each kind in a registry. */
function makers(registry: Registry) {
  return {
    counter: (name: string, help: string, labelNames: string[] = []) =>
      new Counter({ name, help, labelNames, registers: [registry] }),
    histogram: (name: string, help: string, labelNames: string[] = []) =>
      new Histogram({ name, help, labelNames, buckets: SECONDS, registers: [registry] }),
    gauge: (name: string, help: string, labelNames: string[] = []) =>
      new Gauge({ name, help, labelNames, registers: [registry] })
  }
}

/** Every metric of the gateway: name, unit, labels, in one list. Labels never carry personal data. */
export function makeMetrics() {
  const registry = new Registry()
  const make = makers(registry)
  const { counter, histogram, gauge } = make
  return {
    registry,
    startDefault: () => collectDefaultMetrics({ register: registry }),
    buildInfo: gauge('gw_build_info', 'Always 1: the version of this gateway is in its label', ['version']),
    callEvents: counter('gw_call_events_total', 'Events switches sent, by kind and what came of them', [
      'kind',
      'result'
    ]),
    liveCalls: gauge('gw_live_calls', 'Calls held in memory'),
    ...makeSipMetrics(make),
    popSentSeconds: histogram('gw_pop_sent_seconds', 'Switch event received to bare pop written to a socket', ['path']),
    panelSentSeconds: histogram('gw_panel_sent_seconds', 'Switch event received to panel written to a socket', [
      'panel'
    ]),
    popAcked: counter('gw_pop_acked_total', 'Pops acknowledged by a client'),
    popUndeliverable: counter('gw_pop_undeliverable_total', 'Calls for which no entitled handler was signed on'),
    ledgerOpen: gauge('gw_ledger_open', 'Calls in the ledger that nobody has closed'),
    ledgerClosed: counter('gw_ledger_closed_total', 'Entries closed here, by a person or by the force’s policy', [
      'by'
    ]),
    paintSeconds: histogram('gw_pop_paint_seconds', 'Frame received to painted, as consoles report it'),
    lineQuiet: gauge('gw_line_quiet', '1 while a line is quieter than it ever is at this hour', ['trunk', 'line']),
    linkGaps: counter('gw_link_gaps_total', 'Times a switch that pinged regularly said nothing more', ['trunk']),
    syntheticCalls: counter(
      'gw_synthetic_calls_total',
      'Test calls this gateway placed to itself, by what came of them',
      ['result']
    ),
    syntheticSeconds: histogram('gw_synthetic_seconds', 'INVITE of a test call to its pop on a socket'),
    journalSeconds: histogram('gw_journal_append_seconds', 'Event handed to the journal to durable'),
    journalPending: gauge('gw_journal_pending', 'Events not yet in PostgreSQL'),
    ...makeUpkeepMetrics(make),
    spoolBytes: gauge('gw_spool_bytes', 'Bytes of events on this machine’s disk that PostgreSQL does not have'),
    outboxPending: gauge('gw_outbox_pending', 'Appends and jobs not yet in Redis', ['what']),
    ...makeAlarmMetrics(make),
    jobSeconds: histogram('gw_pop_job_seconds', 'Pop job start to last panel'),
    jobWaitSeconds: histogram('gw_pop_job_wait_seconds', 'Pop job added to started'),
    workerRebuilds: counter('gw_worker_rebuilds_total', 'Queue workers rebuilt because they had fallen silent', [
      'queue'
    ]),
    ...makeLookupMetrics(make),
    ...makeEisecMetrics(make),
    ...makeLateMetrics(make),
    locationFaults: counter('gw_location_faults_total', 'Locations sent with a call that were of no use, by fault', [
      'code'
    ]),
    ...makeScreenMetrics(make)
  }
}

function makeUpkeepMetrics({ counter, gauge }: ReturnType<typeof makers>) {
  return {
    monthsAhead: gauge('gw_record_months_ahead', 'Months after this one that have a part in the record', ['table']),
    retentionDeleted: counter('gw_retention_deleted_total', 'Rows this gateway deleted because of their age', ['kind']),
    retentionHeldBack: gauge(
      'gw_retention_held_back',
      'Rows that were due in the last run of this gateway and are held',
      ['kind']
    )
  }
}

export type Metrics = ReturnType<typeof makeMetrics>

/** What is asked of the sources. */
function makeLookupMetrics({ counter, gauge }: ReturnType<typeof makers>) {
  return {
    lookups: counter('gw_lookups_total', 'Lookups by source and outcome', ['lookup', 'outcome']),
    sourcesLeftAlone: gauge('gw_source_left_alone', '1 while a source is left alone because it fails', ['lookup']),
    lateAnswers: counter('gw_late_answers_total', 'Answers that came after their deadline and were shown', ['lookup'])
  }
}

/** Places that come after a call's first lookups. */
function makeLateMetrics({ counter, gauge }: ReturnType<typeof makers>) {
  return {
    recordsPushed: counter('gw_records_pushed_total', 'Rows that systems of the forces sent, by what came of them', [
      'kind',
      'result'
    ]),
    switchEvents: counter('gw_switch_events_total', 'What switches posted, by what came of it', ['trunk', 'result']),
    unitReports: counter('gw_unit_reports_total', 'What systems of the forces said of units, by what came of it', [
      'result'
    ]),
    unitFeeds: gauge('gw_unit_feeds', 'Connections that systems of the forces keep for what their units say'),
    incidentLinks: counter('gw_incident_links_total', 'Links to incidents that handlers made or took back, by result', [
      'result'
    ]),
    callNotes: counter('gw_call_notes_total', 'Notes that screens sent to be saved, by result', ['result']),
    handovers: counter('gw_handovers_total', 'Decisions about calls, by force and what was decided', [
      'force',
      'outcome'
    ]),
    handoversOpen: gauge('gw_handovers_open', 'Hand-overs that are not over'),
    handoverPosts: counter('gw_handover_posts_total', 'Hand-overs posted to command and control, by force and result', [
      'force',
      'result'
    ]),
    aml: counter('gw_aml_total', 'Places posted to /api/v1/aml, by what came of them', ['result']),
    lateFixes: counter(
      'gw_late_fixes_total',
      'What sources said of a place after the first lookups, by what came of it',
      ['source', 'result']
    ),
    lateFixesKept: gauge('gw_late_fixes_kept', 'Late fixes that the record has not taken yet')
  }
}

/** Sockets, what goes over them, and the other gateways that have some. */
function makeScreenMetrics({ counter, gauge, histogram }: ReturnType<typeof makers>) {
  return {
    wallboardSeconds: histogram('gw_wallboard_count_seconds', 'One count of the figures that wallboards show'),
    sockets: gauge('gw_sockets', 'Consoles connected to this node'),
    socketCloses: counter('gw_socket_closes_total', 'Console sockets closed, by close code', ['code']),
    hellos: counter('gw_socket_hellos_total', 'Consoles that said hello, by whether they were served or sent back', [
      'result'
    ]),
    consoles: gauge('gw_consoles', 'Handlers signed on, by what this node knows of their screens', ['state']),
    nodesBeside: gauge('gw_nodes_beside', 'Live gateways over the same record beside this one'),
    adopted: counter('gw_calls_adopted_total', 'Calls taken over from other nodes, by what for', ['why']),
    fences: counter('gw_node_fences_total', 'Times this node stood still for longer than half its lease'),
    resumes: counter('gw_session_resumes_total', 'Resumes, by whether the log could serve them', ['result']),
    merged: counter('gw_session_merged_total', 'Messages replaced by a newer one while a screen was slow', ['type']),
    gaps: counter('gw_session_gaps_total', 'Times the log was read because a doorbell was missed')
  }
}

function makeAlarmMetrics({ counter, gauge }: ReturnType<typeof makers>) {
  return {
    alarms: counter('gw_alarms_total', 'Alarms this node raised, by code', ['code']),
    alarmsOpen: gauge('gw_alarms_open', 'Alarms open over all nodes, by priority', ['priority']),
    escalations: counter('gw_escalations_total', 'Pops given to another handler, by why and whether there was one', [
      'kind',
      'result'
    ])
  }
}

function makeEisecMetrics({ counter, gauge, histogram }: ReturnType<typeof makers>) {
  return {
    eisecUp: gauge('gw_eisec_up', '1 while this node is logged on to EISEC', ['logon']),
    eisecLinks: counter('gw_eisec_links_total', 'Links to EISEC, by what became of them', ['logon', 'result']),
    eisecAsked: counter('gw_eisec_asked_total', 'Requests to EISEC, by what came of them', ['logon', 'result']),
    eisecWaiting: gauge('gw_eisec_waiting', 'Calls that EISEC is asked about or will be', ['logon']),
    eisecBad: counter('gw_eisec_bad_total', 'What EISEC sent that was ignored, by what was wrong with it', ['reason']),
    eisecSeconds: histogram('gw_eisec_answer_seconds', 'Request to EISEC sent to its answer')
  }
}

function makeSipMetrics({ counter, gauge, histogram }: ReturnType<typeof makers>) {
  return {
    sipReceived: counter('gw_sip_received_total', 'SIP messages received', ['method']),
    sipRefused: counter('gw_sip_refused_total', 'SIP messages refused or dropped, by reason', ['reason']),
    sipUnknownNumbers: counter('gw_sip_unknown_numbers_total', 'Calls to a number no trunk of the peer knows', [
      'trunk'
    ]),
    sipLost: counter('gw_sip_lost_total', 'Legs that ended without a word of their switch, by what was waited for', [
      'why'
    ]),
    sipAnswersForgotten: counter(
      'gw_sip_answers_forgotten_total',
      'SIP answers forgotten before their 32 s because there was no room'
    ),
    sipOverBudget: counter('gw_sip_over_budget_total', 'New calls over a budget: to 999 taken, to others refused', [
      'line'
    ]),
    sipUnreadSeconds: gauge('gw_sip_unread_seconds', 'How long what came over UDP waits before it is read'),
    sipDatagramsLost: counter('gw_sip_datagrams_lost_total', 'SIP messages over UDP that the kernel had no room for'),
    sipConnections: gauge('gw_sip_connections', 'SIP connections open', ['transport']),
    sipAnswersLost: counter('gw_sip_answers_lost_total', 'SIP answers that had no connection left to go by', [
      'reason'
    ]),
    sipReconnects: counter('gw_sip_reconnects_total', 'Connections opened to a switch for an answer', ['result']),
    sipCertificateEnds: gauge('gw_sip_certificate_not_after_seconds', 'Epoch second at which our certificate ends', [
      'transport'
    ]),
    sipAnsweredAgain: counter(
      'gw_sip_answered_again_total',
      'Calls from the record that were answered once more, after a restart or for another node',
      ['mode']
    ),
    sipDialogsAsked: counter(
      'gw_sip_dialogs_asked_total',
      'Dialogs this node does not hold that the record was asked for, and what it said',
      ['result']
    ),
    sipReceiveFaults: counter(
      'gw_sip_receive_faults_total',
      'Faults caught by the last-resort catch of the SIP receive path'
    ),
    sipAnswerSeconds: histogram('gw_sip_answer_seconds', 'INVITE received to final or ringing answer sent', ['mode'])
  }
}
