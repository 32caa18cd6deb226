import { findElement, type XmlElement } from '../../net/safe-xml.ts'
import type { LocationFix } from './location.ts'

/** Civic fields in the order a British address is written (RFC 5139, RFC 6848); those of one row make one line of it. */
const ROWS: readonly (readonly string[])[] = [
  ['NAM'],
  ['LOC'],
  ['SEAT'],
  ['ROOM'],
  ['UNIT'],
  ['FLR'],
  ['BLD'],
  ['LMK'],
  ['MP'],
  ['PN'],
  ['HNP', 'HNO', 'HNS', 'PRM', 'PRD', 'STP', 'RD', 'STS', 'POD', 'POM'],
  ['RDSEC'],
  ['RDBR'],
  ['RDSUBBR'],
  ['POBOX'],
  ['A6'],
  ['A5'],
  ['A4'],
  ['PCN'],
  ['A3'],
  ['A2'],
  ['A1'],
  ['PC']
]
const ROWS_BEFORE_RD = ROWS.filter(([name]) => name !== 'A6').map(row => row.map(name => (name === 'RD' ? 'A6' : name)))
/** What alone would be a bare number. */
const SPELT: Readonly<Record<string, string>> = {
  SEAT: 'seat',
  ROOM: 'room',
  UNIT: 'unit',
  MP: 'milepost',
  PN: 'pole',
  POBOX: 'PO Box'
}
/** What a line of the address says already, or what only machines read. */
const UNSPOKEN = new Set(['country', 'PLC', 'ADDCODE'])
const KNOWN = new Set([...ROWS.flat(), ...UNSPOKEN])
/** RFC 6848 lets anybody add fields: a bridge, a lamp post, a gate. */
const MAX_OTHERS = 6
const MAX_TEXT = 300
const HERE = new Set(['', 'GB', 'UK'])
const POSTCODE = /^([A-Z]{1,2}\d[A-Z\d]?) ?(\d[A-Z]{2})$/

/** The address below an element, as it is written here; undefined where there is none, or nothing in it. */
export function readCivic(from: XmlElement): Pick<LocationFix, 'address' | 'postcode'> | undefined {
  const civic = findElement(from, 'civicAddress')
  if (civic === undefined) return undefined
  const field = (name: string) => civic.children.find(child => child.name === name)?.text.replace(/\s+/g, ' ') ?? ''
  const spelt = (name: string) => {
    const value = field(name)
    return /^[\d.-]+[A-Za-z]?$/.test(value) && SPELT[name] !== undefined ? `${SPELT[name]} ${value}` : value
  }
  // RFC 4119 had the street in A6, and so have older senders.
  const rows = (field('RD') === '' ? ROWS_BEFORE_RD : ROWS).map(row => row.map(spelt).filter(isSaid).join(' '))
  const country = field('country').toUpperCase()
  const lines = [...othersOf(civic), ...rows, HERE.has(country) ? '' : country].filter(isSaid)
  const address = lines.filter((line, at) => line !== lines[at - 1]).join(', ')
  if (address === '') return undefined
  const postcode = HERE.has(country) ? POSTCODE.exec(field('PC').toUpperCase()) : null
  return {
    address: address.slice(0, MAX_TEXT),
    ...(postcode === null ? {} : { postcode: `${postcode[1]} ${postcode[2]}` })
  }
}

function othersOf(civic: XmlElement): readonly string[] {
  return civic.children
    .filter(({ name, text }) => !KNOWN.has(name) && text !== '')
    .slice(0, MAX_OTHERS)
    .map(({ name, text }) => `${name} ${text.replace(/\s+/g, ' ')}`)
}

function isSaid(text: string): boolean {
  return text !== ''
}
