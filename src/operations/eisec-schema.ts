import Type, { type Static } from 'typebox'

const strict = { additionalProperties: false } as const
const ms = (standard: number, description: string) =>
  Type.Integer({ minimum: 1, maximum: 3_600_000, default: standard, description })

const EisecSiteConfig = Type.Object(
  {
    host: Type.String({ minLength: 1, maxLength: 255, description: 'Where the site is reached' }),
    port: Type.Integer({
      minimum: 0,
      maximum: 65_535,
      description: 'Its port; 0, in a demo only: a simulated site that is started with it'
    })
  },
  strict
)

const EisecLogOnConfig = Type.Object(
  {
    id: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,39}$', description: 'Name of the log-on, in logs and alarms' }),
    forces: Type.Optional(
      Type.Array(Type.String({ maxLength: 40 }), {
        minItems: 1,
        maxItems: 60,
        description: 'Forces whose 999 calls are asked about by it; all unless said'
      })
    ),
    user: Type.String({ pattern: '^[!-~]{1,8}$', description: 'The name that BT has given' }),
    passwordFile: Type.Optional(
      Type.String({ description: 'File with its password; the same password at every gateway' })
    ),
    nextPasswordFile: Type.Optional(
      Type.String({
        description:
          'File with the password to change to when BT asks for a change, the same at every gateway; without it a person changes it'
      })
    ),
    password: Type.Optional(
      Type.String({
        pattern: '^[ -~]{1,24}$',
        description: 'The password itself: in a demo only, in place of the file'
      })
    ),
    sites: Type.Array(EisecSiteConfig, { minItems: 1, maxItems: 4, description: 'In the order they are tried' })
  },
  strict
)

/** The emergency services’ link to BT for name, address and place of 999 callers; a section of config-schema.ts. */
export const EisecConfig = Type.Object(
  {
    logOns: Type.Array(EisecLogOnConfig, {
      maxItems: 20,
      default: [],
      description: 'Log-ons to EISEC; none: it is not asked. One gateway at a time has each'
    }),
    deadlineMs: ms(5_000, 'After this the location panel says that EISEC is still being asked'),
    dropMs: ms(120_000, 'After this an answer is not waited for any longer'),
    maxAgain: Type.Integer({
      minimum: 0,
      maximum: 10,
      default: 3,
      description: 'Most times a mobile is asked for again, when EISEC says that it should be'
    }),
    lateInARow: Type.Integer({
      minimum: 1,
      maximum: 16,
      default: 3,
      description: 'So many late answers with none in between: the other site is tried'
    }),
    connectMs: ms(3_000, 'A site must take the connection within this time'),
    logOnMs: ms(5_000, 'And answer each step of the log-on'),
    pollSeconds: Type.Integer({
      minimum: 1,
      maximum: 32_000,
      default: 15,
      description: 'The silence of ours after which EISEC shall end the link (TS)'
    }),
    pollSendMs: ms(10_000, 'A poll of ours is sent this often; less than `pollSeconds`'),
    silentMs: ms(15_000, 'A site that has agreed to poll and is silent for so long is left'),
    retryFirstMs: ms(500, 'The first try after a lost link comes within this time'),
    retryMaxMs: ms(30_000, 'The longest wait between two tries'),
    lockedOutMs: ms(900_000, 'A log-on that is barred or locked out is left alone for so long')
  },
  { ...strict, default: {} }
)
export type EisecConfig = Static<typeof EisecConfig>
export type EisecLogOn = Static<typeof EisecLogOnConfig>
