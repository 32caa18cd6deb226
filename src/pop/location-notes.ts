import { cleanText } from '../call/cli.ts'
import type { VehicleData } from '../lookups/location/ecall-msd.ts'
import type { LocationFault } from '../lookups/location/sent-sources.ts'
import type { PanelItem } from './pop.ts'

/*
 * What the location panel says beside the places: of what was sent and is of no use, and of a vehicle that called by
 * itself.
 */

const DETAIL_MAX = 200

const FAULT_TITLES: Readonly<Partial<Record<LocationFault['code'], string>>> = {
  'lookup.bad-document': 'The network sent a location that cannot be read.',
  'lookup.late-fixes': 'What came later, and what was confirmed, could not be read.',
  'lookup.bad-vehicle-data': 'The vehicle sent data that cannot be read.',
  'lookup.held-refused': 'The network named a location server that is not asked.',
  'lookup.held-error': 'The network’s location server knows no place.',
  'lookup.held-late': 'The network’s location server has not answered in time.',
  'lookup.held-failed': 'The network’s location server could not be asked.'
}

export function toFaultItem({ code, reason }: LocationFault): PanelItem {
  const title = FAULT_TITLES[code] ?? 'A location could not be used.'
  return { kind: 'note', title, detail: cleanText(reason).slice(0, DETAIL_MAX), fields: { code } }
}

const CLASSES: Readonly<Record<string, string>> = {
  M1: 'passenger car',
  M2: 'minibus',
  M3: 'bus or coach',
  N1: 'van',
  N2: 'lorry',
  N3: 'heavy lorry',
  O: 'trailer',
  R: 'farm trailer',
  S: 'farm machine',
  T: 'tractor',
  G: 'off-road vehicle',
  SA: 'motor caravan',
  SB: 'armoured vehicle',
  SC: 'ambulance',
  SD: 'hearse'
}
const COMPASS = ['north', 'north-east', 'east', 'south-east', 'south', 'south-west', 'west', 'north-west']

/** Who raised it comes first: behind an automatic eCall there may be nobody who can speak. */
export function toVehicleItem(vehicle: VehicleData): PanelItem {
  const { trigger, isTest, vin, propulsion, vehicleClass, sentAt, isPositionTrusted } = vehicle
  const raised =
    trigger === 'automatic'
      ? 'Automatic eCall: the vehicle’s sensors raised it. Nobody may be able to speak.'
      : 'eCall by hand: somebody in the vehicle pressed the button.'
  const details = [
    `${firstUpper(classWords(vehicleClass))}, VIN ${vin}`,
    ...(propulsion.length === 0 ? [] : [propulsion.join(' and ')]),
    occupantWords(vehicle),
    ...headingWords(vehicle),
    positionWords(vehicle)
  ]
  return {
    kind: 'note',
    title: isTest ? `TEST. ${raised}` : raised,
    detail: details.join('; '),
    ...(sentAt === undefined ? {} : { at: sentAt }),
    fields: {
      source: 'ecall',
      ...{ trigger, test: isTest, vin, vehicleClass, positionTrusted: isPositionTrusted },
      ...(propulsion.length === 0 ? {} : { propulsion: propulsion.join(', ') }),
      ...(vehicle.occupants === undefined ? {} : { occupants: vehicle.occupants }),
      ...(vehicle.headingDegrees === undefined ? {} : { headingDegrees: vehicle.headingDegrees }),
      ...(vehicle.recentPositions.length === 0 ? {} : { before: vehicle.recentPositions.map(toPlace).join('; ') })
    }
  }
}

function classWords(vehicleClass: string): string {
  if (vehicleClass.startsWith('L')) return 'motorcycle or light vehicle'
  return CLASSES[vehicleClass] ?? 'vehicle of another kind'
}

function occupantWords({ occupants }: VehicleData): string {
  if (occupants === undefined) return 'seat belts not counted'
  return occupants === 1 ? '1 seat belt fastened' : `${occupants} seat belts fastened`
}

function headingWords({ headingDegrees }: VehicleData): readonly string[] {
  if (headingDegrees === undefined) return []
  return [`heading ${COMPASS[Math.round(headingDegrees / 45) % 8]} (${headingDegrees}°)`]
}

function positionWords({ position, isPositionTrusted }: VehicleData): string {
  if (position === undefined) return 'it does not know where it is'
  return isPositionTrusted ? 'it trusts its position' : 'it does NOT trust its position'
}

function toPlace([latitude, longitude]: readonly [number, number]): string {
  return `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`
}

function firstUpper(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`
}
