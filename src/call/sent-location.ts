/** Why something that a switch sent of the caller's place is not kept. */
export type SentLocationFault = 'too-large' | 'missing-part' | 'reference-too-long'

/**
 * What a switch sent of the caller's place, unread: the location lookup reads it, nothing on the way of the pop does.
 * All of it is personal data.
 */
export interface SentLocation {
  /** PIDF-LO as it came, at most 16 KiB. */
  readonly locationDocument?: string
  /** RFC 6442: where the place can be asked for, at most 2,048 characters. Whoever has it can ask: as secret as the place. */
  readonly locationReference?: string
  /** eCall minimum set of data (EN 15722) as base64. */
  readonly vehicleData?: string
  readonly locationFault?: SentLocationFault
}

/** Nothing but these fields, and of them only those that are there. */
export function sentLocationIn(from: SentLocation): SentLocation {
  const { locationDocument, locationReference, vehicleData, locationFault } = from
  return {
    ...(locationDocument === undefined ? {} : { locationDocument }),
    ...(locationReference === undefined ? {} : { locationReference }),
    ...(vehicleData === undefined ? {} : { vehicleData }),
    ...(locationFault === undefined ? {} : { locationFault })
  }
}

export function hasSentLocation(from: SentLocation): boolean {
  return isPlace(from) || from.vehicleData !== undefined
}

/** What is known after more was sent: a new place is instead of the old one, whatever form each had. */
export function sentLocationAfter(before: SentLocation, more: SentLocation): SentLocation {
  const { vehicleData: _, ...place } = sentLocationIn(isPlace(more) ? more : before)
  const vehicleData = more.vehicleData ?? before.vehicleData
  return vehicleData === undefined ? place : { ...place, vehicleData }
}

function isPlace({ locationDocument, locationReference, locationFault }: SentLocation): boolean {
  return locationDocument !== undefined || locationReference !== undefined || locationFault !== undefined
}
