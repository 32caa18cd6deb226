import Type from 'typebox'

/** Beside the other settings of a force. */
export const FORCE_LEDGER_SETTINGS = {
  closeAbandoned101AfterMinutes: Type.Optional(
    Type.Integer({
      minimum: 5,
      maximum: 10_080,
      description:
        'Abandoned 101 calls with nothing against it leave the ledger after this long; without it only people close them'
    })
  )
}

export const LedgerConfig = Type.Object(
  {
    repeatWithinHours: Type.Integer({
      minimum: 1,
      maximum: 168,
      default: 24,
      description:
        'A later call from the number of an open entry this long after it is linked to it and shown as a repeat; so far back earlier calls of a caller’s number are counted'
    }),
    ringBack999Minutes: Type.Integer({
      minimum: 0,
      maximum: 1_440,
      default: 2,
      description: 'A 999 call of the ledger must be rung back so long after it ended, unless a handler has said when'
    }),
    ringBackMinutes: Type.Integer({
      minimum: 0,
      maximum: 10_080,
      default: 30,
      description: 'The same of every other line'
    })
  },
  { additionalProperties: false, default: {} }
)
