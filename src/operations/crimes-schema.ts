import Type from 'typebox'

const whole = (minimum: number, maximum: number, standard: number, description: string) =>
  Type.Integer({ minimum, maximum, default: standard, description })

/** Beside the other settings of the lookups. */
export const CRIME_SETTINGS = {
  crimesDeadlineMs: whole(
    1,
    600_000,
    2_000,
    'After this the crimes panel says late; it waits for the location, so that it should be longer than `locationDeadlineMs`'
  ),
  crimesRadiusMetres: whole(100, 5_000, 500, 'Crimes so far around the caller are counted'),
  crimesMaxRadiusMetres: whole(
    100,
    5_000,
    2_000,
    'Where the caller may be further off than `crimesRadiusMetres`, so far at most; not less than it'
  ),
  crimesHereMetres: whole(10, 200, 50, 'Crimes of a force’s own system so near are of this address'),
  crimesHereDays: whole(1, 366, 28, 'Crimes of this address and street so many days back come first'),
  crimesItems: whole(1, 20, 20, 'Crimes shown by name')
}
