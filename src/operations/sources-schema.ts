import Type, { type Static } from 'typebox'

const strict = { additionalProperties: false } as const
const ms = (standard: number, most: number, description: string) =>
  Type.Integer({ minimum: 1, maximum: most, default: standard, description })

const SourceHeaderConfig = Type.Object(
  {
    name: Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$', description: 'As `authorization`' }),
    value: Type.Optional(Type.String({ maxLength: 500, description: 'What stands in it, where that is no secret' })),
    valueFile: Type.Optional(
      Type.String({ minLength: 1, description: 'File with one line that stands in it; read again within a minute' })
    ),
    prefix: Type.Optional(Type.String({ maxLength: 40, description: 'Before what the file holds, as `Bearer `' }))
  },
  strict
)

/** One system of the force's own whose answer becomes a panel; a row of `sources` in config-schema.ts. */
export const SourceConfig = Type.Object(
  {
    id: Type.String({
      pattern: '^[a-z0-9][a-z0-9-]{0,39}$',
      description: 'Name of the source, in logs and metrics; its panel is `other-` and this'
    }),
    title: Type.String({ minLength: 1, maxLength: 80, description: 'Over its panel, as handlers read it' }),
    forces: Type.Array(Type.String({ maxLength: 40 }), {
      minItems: 1,
      maxItems: 60,
      description: 'Forces whose calls it is asked about; the calls of no other force have its panel'
    }),
    kind: Type.Union([Type.Literal('http')], { description: 'How it is asked' }),
    needs: Type.Union([Type.Literal('number'), Type.Literal('place')], {
      description: 'What it is asked about: a call without it is not asked about'
    }),
    url: Type.String({
      pattern: '^https?://[^\\s]+$',
      maxLength: 2_000,
      description:
        'Where it is asked, with [placeholders](sources.md#placeholders); `http:` on this machine only, unless `clear`'
    }),
    clear: Type.Boolean({ default: false, description: 'It is asked by http, without TLS; only inside one network' }),
    method: Type.Union([Type.Literal('POST'), Type.Literal('GET')], {
      default: 'POST',
      description: 'POST sends `body`; GET has only the URL, in which nothing of a person may stand'
    }),
    body: Type.Optional(
      Type.Unsafe<unknown>({ description: 'What is sent, as JSON, with [placeholders](sources.md#placeholders)' })
    ),
    allowInUrl: Type.Boolean({
      default: false,
      description:
        'Numbers and places may stand in `url`, and so in the logs of whatever lies between; `check-config` warns'
    }),
    headers: Type.Array(SourceHeaderConfig, { maxItems: 20, default: [], description: 'Sent with each question' }),
    caFile: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'Roots that its certificate is signed by, PEM; without it those of Node'
      })
    ),
    certFile: Type.Optional(
      Type.String({ minLength: 1, description: 'Our certificate, PEM, where it asks who we are' })
    ),
    keyFile: Type.Optional(
      Type.String({ minLength: 1, description: 'The private key of it, PEM, without a password' })
    ),
    answers: Type.Array(Type.Integer({ minimum: 200, maximum: 599 }), {
      minItems: 1,
      maxItems: 10,
      default: [200],
      description:
        'Statuses that are answers and are given to `map`, as 404 of a system that has none; any other failed'
    }),
    map: Type.Array(Type.String({ maxLength: 1_000 }), {
      minItems: 1,
      maxItems: 60,
      description: 'Lines of one [JSONata](sources.md#mapping) expression that makes items of its answer'
    }),
    cacheSeconds: Type.Integer({
      minimum: 0,
      maximum: 3_600,
      default: 0,
      description: 'The same question is answered from memory for so long, and the panel says how old it is'
    }),
    deadlineMs: ms(1_500, 5_000, 'After this its panel says late; a pop job is held for so long'),
    lateAnswerMs: ms(10_000, 120_000, 'An answer that comes after that still goes onto the panel until so long'),
    maxConcurrent: ms(10, 200, 'Questions under way at once, from each process'),
    maxQueued: ms(100, 5_000, 'Questions that wait for one of them; one more is not asked, and its panel says so'),
    pauseMs: ms(5_000, 600_000, 'A source that fails is left alone for so long, then a call tries it'),
    maxBytes: ms(262_144, 4_194_304, 'Largest answer that is read'),
    healthUrl: Type.Optional(
      Type.String({
        pattern: '^https?://[^\\s]+$',
        maxLength: 2_000,
        description: 'Asked by GET every second while the source is left alone, in place of calls; any 2xx: it is well'
      })
    )
  },
  strict
)
export type SourceConfig = Static<typeof SourceConfig>
