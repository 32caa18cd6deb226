import Type, { type Static } from 'typebox'

const strict = { additionalProperties: false } as const
const integer = (standard: number, [minimum, maximum]: readonly [number, number], description: string) =>
  Type.Integer({ minimum, maximum, default: standard, description })

const gradeId = (description: string) => Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9-]{0,19}$', description })

const GradeConfig = Type.Object(
  {
    id: gradeId('Short name of the grade, as `1`; what command and control is told'),
    name: Type.String({ minLength: 1, maxLength: 60, description: 'As handlers read it' }),
    targetMinutes: Type.Integer({
      minimum: 1,
      maximum: 20_160,
      description: 'Somebody must be at the scene this long after the hand-over'
    }),
    acceptSeconds: Type.Integer({
      minimum: 1,
      maximum: 86_400,
      description: 'Somebody must have accepted it this long after the hand-over'
    }),
    deliverSeconds: integer(10, [1, 3_600], 'The other side must have it this long after the hand-over'),
    moveSeconds: integer(300, [1, 1_209_600], 'Somebody must be on the way this long after it was accepted')
  },
  strict
)
export type GradeConfig = Static<typeof GradeConfig>

/** The grades of a force that names none of its own. */
const GRADES: readonly GradeConfig[] = [
  { id: '1', name: 'Immediate', targetMinutes: 15, acceptSeconds: 15, deliverSeconds: 10, moveSeconds: 120 },
  { id: '2', name: 'Priority', targetMinutes: 60, acceptSeconds: 60, deliverSeconds: 20, moveSeconds: 600 },
  { id: '3', name: 'Scheduled', targetMinutes: 2_880, acceptSeconds: 900, deliverSeconds: 60, moveSeconds: 86_400 }
]

const ControlConfig = Type.Object(
  {
    url: Type.String({
      pattern: '^https?://[^\\s]+$',
      maxLength: 2_000,
      description: 'Where each hand-over is posted; `http:` on this machine only'
    }),
    secretFile: Type.String({
      minLength: 1,
      maxLength: 4_096,
      description:
        'File with the secret that signs both ways, 32 characters or more, or two, a line each, while it is changed: the first signs; others may not read it'
    }),
    body: Type.Union([Type.Literal('mait-xml'), Type.Literal('eido-json')], {
      default: 'eido-json',
      description: 'In which words it is told ([handing over](handing-over.md))'
    }),
    deadlineMs: integer(5_000, [100, 60_000], 'A try without an answer is given up after this long'),
    retryFirstMs: integer(500, [50, 60_000], 'The first try after one that failed comes within this time'),
    retryMaxMs: integer(30_000, [1_000, 600_000], 'No wait between two tries is longer')
  },
  strict
)
export type ControlConfig = Static<typeof ControlConfig>
export type HandoverBody = ControlConfig['body']

/** Beside the other settings of a force: how its calls are graded and handed over. */
export const FORCE_HANDOVER_SETTINGS = {
  grades: Type.Array(GradeConfig, {
    minItems: 1,
    maxItems: 20,
    default: [...GRADES],
    description: 'Grades of a response, the most urgent first: alarms about its hand-overs are of the first priority'
  }),
  gradeByLine: Type.Array(
    Type.Object(
      {
        line: Type.String({ minLength: 1, maxLength: 20, description: '999, or the name of another line' }),
        grade: gradeId('The grade that is chosen already for its calls')
      },
      strict
    ),
    { maxItems: 50, default: [], description: 'Grades by line; 999 has the first unless said, others the last' }
  ),
  commandAndControl: Type.Optional(
    Type.Object(ControlConfig.properties, {
      ...strict,
      description:
        'The system of the force that hand-overs go to; without it they go to the screens of dispatchers alone'
    })
  )
}

export const HANDOVER_RULES = {
  controlUrl: 'must be https, or on this machine: it says who called and from where',
  uniqueGrade: 'must not be the id of another grade of the force',
  knownGrade: 'must be the id of a grade of the force'
} as const

export interface GradedForce {
  readonly id: string
  readonly grades: readonly GradeConfig[]
  readonly gradeByLine: readonly { readonly line: string; readonly grade: string }[]
  readonly commandAndControl?: ControlConfig
}

/** Of lines, the grades that their calls have; what the force itself has said of a line comes first. */
export function gradesByLine({ grades: [first], gradeByLine }: Pick<GradedForce, 'grades' | 'gradeByLine'>) {
  return first === undefined ? gradeByLine : [...gradeByLine, { line: '999', grade: first.id }]
}

/** The grade that a call of this line has unless its handler says otherwise. */
export function defaultGrade(force: Pick<GradedForce, 'grades' | 'gradeByLine'>, line: string) {
  const chosen = gradesByLine(force).find(each => each.line === line)?.grade
  return force.grades.find(({ id }) => id === chosen) ?? force.grades.at(-1)
}
