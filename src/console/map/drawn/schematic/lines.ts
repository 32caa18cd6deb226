/** A row of places by hand: `51.4 -0.54, 51.36 -0.69`, latitude before longitude. */
export type Line = readonly (readonly [latitude: number, longitude: number])[]

export function readLine(text: string): Line {
  return text.split(',').map(pair => {
    const [latitude = Number.NaN, longitude = Number.NaN] = pair.trim().split(/\s+/).map(Number)
    return [latitude, longitude]
  })
}
