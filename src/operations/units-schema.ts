import Type, { type Static } from 'typebox'

/** The units of a force, and how it chooses among them; beside the other settings of the force. */

const strict = { additionalProperties: false } as const
const number = (standard: number, [minimum, maximum]: readonly [number, number], description: string) =>
  Type.Number({ minimum, maximum, default: standard, description })
const integer = (standard: number, [minimum, maximum]: readonly [number, number], description: string) =>
  Type.Integer({ minimum, maximum, default: standard, description })
const text = (maxLength: number, description: string) => Type.String({ minLength: 1, maxLength, description })
const skills = (description: string) =>
  Type.Array(text(40, 'A skill, as the roster of units writes it'), { maxItems: 20, default: [], description })

const StatusCodeConfig = Type.Object(
  {
    code: text(8, 'As the radio sends it; `05` is `5`'),
    means: Type.Union(
      [
        Type.Literal('available'),
        Type.Literal('divertible'),
        Type.Literal('unavailable'),
        Type.Literal('signal'),
        Type.Literal('emergency')
      ],
      {
        description:
          'available: may be sent. divertible: from a job that is less urgent. unavailable: neither. signal: says something and leaves the unit as it was. emergency: a signal that is an alarm by itself'
      }
    ),
    words: text(40, 'As handlers read it'),
    reluctance: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        description: 'Of `divertible`: what of the full cost of being taken off it is reckoned at least'
      })
    )
  },
  strict
)

/** The national list as most forces have it; some differ, which is what this setting is for. */
export const NATIONAL_CODES: readonly Static<typeof StatusCodeConfig>[] = [
  { code: '0', means: 'emergency', words: 'officer emergency' },
  { code: '1', means: 'unavailable', words: 'on duty' },
  { code: '2', means: 'available', words: 'on patrol' },
  { code: '3', means: 'available', words: 'at the station' },
  { code: '4', means: 'divertible', words: 'refreshments', reluctance: 0.6 },
  { code: '5', means: 'divertible', words: 'on the way to a job' },
  { code: '6', means: 'unavailable', words: 'at the scene' },
  { code: '7', means: 'divertible', words: 'committed, can be sent' },
  { code: '8', means: 'unavailable', words: 'committed' },
  { code: '9', means: 'unavailable', words: 'with a prisoner' },
  { code: '10', means: 'unavailable', words: 'at court' },
  { code: '11', means: 'unavailable', words: 'off duty' },
  { code: '12', means: 'signal', words: 'confidential message' },
  { code: '13', means: 'signal', words: 'ring back' },
  { code: '14', means: 'signal', words: 'ring back, urgent' },
  { code: '15', means: 'signal', words: 'received' },
  { code: '16', means: 'signal', words: 'repeat' }
]

const weight = (standard: number, description: string) => number(standard, [0, 1_000], description)
const WeightsConfig = Type.Object(
  {
    eta: weight(50, 'Minutes to the scene, against the target of the grade'),
    diversion: weight(16, 'What it would be taken off'),
    cover: weight(6, 'How few others would be left where it is'),
    skills: weight(12, 'Skills that were wished for and that it lacks'),
    hours: weight(6, 'How little of its shift is left after the job'),
    fix: weight(5, 'How long ago it was seen'),
    ownership: weight(5, 'Whether it is of another neighbourhood')
  },
  { ...strict, default: {}, description: 'Only their proportion counts; 0 takes a term out' }
)

const UnitGradeConfig = Type.Object(
  {
    grade: text(20, 'Id of a grade of the force'),
    ruralTargetMinutes: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 20_160, description: 'Its target outside of towns, where that is another' })
    ),
    isEmergencyDrive: Type.Boolean({ default: false, description: 'Blue lights' }),
    mayDivert: Type.Boolean({
      default: false,
      description: 'A unit at refreshments, or whose job has no grade that is known, may be taken for it'
    }),
    weights: Type.Optional(WeightsConfig)
  },
  strict
)

const IncidentTypeConfig = Type.Object(
  {
    id: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,39}$', description: 'Short name of the type' }),
    name: text(80, 'As handlers read it'),
    grade: Type.Optional(text(20, 'The grade that goes with it, where nobody chooses another')),
    needs: Type.Array(
      Type.Object(
        {
          type: text(40, 'A sort of unit, as its reports or the roster write it'),
          count: integer(1, [1, 10], 'How many')
        },
        strict
      ),
      { maxItems: 6, default: [], description: 'Who is needed, sort by sort; none: one unit of whatever sort' }
    ),
    skills: skills('Nobody without all of these is offered'),
    wished: skills('Better with these'),
    crewAtLeast: integer(1, [1, 10], 'Fewer officers are not sent alone'),
    minutesAtScene: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1_440, description: 'How long it takes on the spot, where that is unusual' })
    )
  },
  strict
)

const byArea = (urban: number, rural: number, range: readonly [number, number], description: string) =>
  Type.Object(
    { urban: number(urban, range, 'In towns'), rural: number(rural, range, 'Outside') },
    { ...strict, default: {}, description }
  )

const RoutingConfig = Type.Object(
  {
    kind: Type.Union([Type.Literal('osrm'), Type.Literal('valhalla')], {
      description: 'Whose table of times it answers with'
    }),
    url: Type.String({
      pattern: '^https?://[^\\s]+$',
      maxLength: 1_000,
      description: 'Its address, without the path of the question'
    }),
    deadlineMs: integer(300, [50, 5_000], 'Without an answer by then times are estimates, and said to be')
  },
  strict
)

const NeighbourhoodsConfig = Type.Object(
  {
    file: text(4_096, 'GeoJSON (WGS84), a polygon or more for each. What is not absolute is beside the config file'),
    property: text(80, 'Which property of a polygon has the code, as the units of the neighbourhood give it')
  },
  strict
)

export const UnitsConfig = Type.Object(
  {
    codes: Type.Array(StatusCodeConfig, {
      minItems: 1,
      maxItems: 200,
      default: [...NATIONAL_CODES],
      description: 'What a status code of the force’s radio comes to; a code that is not here cannot be sent'
    }),
    staleSeconds: integer(60, [1, 86_400], 'A place that is older is said to be'),
    dropSeconds: integer(1_800, [1, 604_800], 'A place that is older is none: the unit is not offered'),
    urbanFile: Type.Optional(
      text(
        4_096,
        'GeoJSON (WGS84) with the built-up areas; without it every place is urban. What is not absolute is beside the config file'
      )
    ),
    neighbourhoods: Type.Optional(NeighbourhoodsConfig),
    coverMetres: byArea(5_000, 12_000, [100, 100_000], 'How far the cover of a unit reaches, metres'),
    detour: byArea(1.35, 1.25, [1, 5], 'How much longer the road is than the straight line'),
    trafficKmh: byArea(28, 55, [1, 200], 'With the traffic'),
    emergencyKmh: byArea(45, 80, [1, 250], 'With blue lights'),
    advancedFactor: number(1.1, [1, 2], 'An advanced driver is so much faster with blue lights'),
    pursuitFactor: number(1.15, [1, 2], 'A pursuit driver is so much faster with blue lights'),
    easyMinutesLeft: integer(120, [1, 1_440], 'So much left of a shift after the job costs nothing'),
    minutesAtScene: integer(30, [1, 1_440], 'How long a job takes on the spot'),
    authorisedSkills: Type.Array(text(40, 'A skill'), {
      maxItems: 20,
      default: ['firearms', 'pursuit'],
      description: 'Skills that somebody must authorise before they are used; units that have them are marked'
    }),
    weights: WeightsConfig,
    grades: Type.Array(UnitGradeConfig, {
      maxItems: 20,
      default: [],
      description:
        'What is more to say of a grade of the force where units are chosen for it; of the first grade, unless said here, blue lights and units that may be taken for it'
    }),
    incidentTypes: Type.Array(IncidentTypeConfig, {
      maxItems: 300,
      default: [],
      description: 'Types that a handler may choose, and what each needs'
    }),
    routing: Type.Optional(RoutingConfig)
  },
  strict
)
export type UnitsConfig = Static<typeof UnitsConfig>

export const FORCE_UNITS_SETTINGS = { units: Type.Optional(UnitsConfig) }
