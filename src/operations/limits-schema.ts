import Type from 'typebox'

/** What is held at once of anything; a section of config-schema.ts. */
export const LimitsConfig = Type.Object(
  {
    liveCalls: Type.Integer({
      minimum: 100,
      maximum: 1_000_000,
      default: 50_000,
      description: 'Calls held in memory at once'
    }),
    journalPending: Type.Integer({
      minimum: 100,
      maximum: 1_000_000,
      default: 50_000,
      description: 'Events waiting for PostgreSQL'
    }),
    spoolMegabytes: Type.Integer({
      minimum: 1,
      maximum: 100_000,
      default: 512,
      description: 'Most that is kept in `dataDir` of events that PostgreSQL could not take'
    }),
    outbox: Type.Integer({
      minimum: 100,
      maximum: 1_000_000,
      default: 100_000,
      description: 'Appends and jobs waiting for Redis'
    }),
    jobConcurrency: Type.Integer({
      minimum: 1,
      maximum: 2_000,
      default: 150,
      description:
        'Pop jobs run at once; each lasts as long as its slowest source, so that of 50 calls/s 100 wait for one of 2 s'
    }),
    directPopMs: Type.Integer({
      minimum: 1,
      maximum: 600_000,
      default: 20,
      description: 'Redis has this long before the bare pop goes straight to the sockets of this node'
    })
  },
  { additionalProperties: false, default: {} }
)
