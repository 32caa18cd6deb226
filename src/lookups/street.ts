/** A house: its number, with a letter or a range, and after it a street that has no digits. */
const HOUSE = /^(?:\d{1,5}[a-z]?(?:\s?-\s?\d{1,5}[a-z]?)?)\s+([\p{L}][\p{L}'’. -]{3,60})$/iu

/**
 * The street of an address as people write it, "Flat 2, 12 Mill Lane, Abingdon": what follows the number of a house.
 * Undefined where no part of it reads so, as with a pub or a farm; nothing is guessed.
 */
export function streetOf(address: string): string | undefined {
  for (const part of address.split(',', 8)) {
    const street = HOUSE.exec(part.trim())?.[1]
    if (street !== undefined) return street.trim()
  }
  return undefined
}
