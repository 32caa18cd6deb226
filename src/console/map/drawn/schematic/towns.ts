/*
 * Towns of the schematic, written down by hand: latitude and longitude of the centre, WGS84, to about half a kilometre.
 * `1`: named from far away. `2`: from nearer.
 */

export interface Town {
  readonly name: string
  readonly latitude: number
  readonly longitude: number
  readonly rank: 1 | 2
  readonly force: 'tvp' | 'hants'
}

const THAMES_VALLEY = `
1 51.4550 -0.9730 Reading
1 51.5095 -0.5954 Slough
2 51.4820 -0.6080 Windsor
2 51.5220 -0.7200 Maidenhead
1 51.4150 -0.7500 Bracknell
2 51.4110 -0.8340 Wokingham
1 51.4010 -1.3230 Newbury
2 51.4030 -1.2600 Thatcham
2 51.4150 -1.5150 Hungerford
1 51.7520 -1.2577 Oxford
2 51.6710 -1.2830 Abingdon
2 51.6080 -1.2420 Didcot
2 51.5890 -1.4260 Wantage
2 51.6570 -1.5860 Faringdon
2 51.7850 -1.4850 Witney
1 51.8990 -1.1530 Bicester
1 52.0610 -1.3360 Banbury
2 51.9420 -1.5450 Chipping Norton
2 51.7470 -0.9750 Thame
2 51.5370 -0.9030 Henley-on-Thames
2 51.5990 -1.1250 Wallingford
2 51.8220 -1.2890 Kidlington
1 52.0410 -0.7590 Milton Keynes
2 51.9940 -0.7320 Bletchley
2 52.0000 -0.9880 Buckingham
1 51.8160 -0.8130 Aylesbury
1 51.6290 -0.7490 High Wycombe
2 51.6720 -0.6110 Amersham
2 51.7040 -0.6080 Chesham
2 51.6110 -0.6440 Beaconsfield
2 51.5710 -0.7770 Marlow
2 52.0870 -0.7220 Newport Pagnell
2 51.7240 -0.8330 Princes Risborough
2 52.1530 -0.7010 Olney`

const HAMPSHIRE = `
1 50.9040 -1.4040 Southampton
1 50.7990 -1.0910 Portsmouth
1 51.0630 -1.3090 Winchester
1 51.2650 -1.0870 Basingstoke
1 51.2090 -1.4830 Andover
2 51.2940 -0.7550 Farnborough
1 51.2480 -0.7630 Aldershot
2 51.2840 -0.8420 Fleet
2 51.1490 -0.9740 Alton
1 51.0040 -0.9370 Petersfield
2 50.8520 -0.9810 Havant
2 50.8800 -1.0300 Waterlooville
2 50.8520 -1.1780 Fareham
2 50.7950 -1.1240 Gosport
2 50.9670 -1.3510 Eastleigh
2 50.9890 -1.4980 Romsey
1 50.7590 -1.5430 Lymington
2 50.7540 -1.6580 New Milton
1 50.8470 -1.7890 Ringwood
2 50.9270 -1.7910 Fordingbridge
2 50.8730 -1.5760 Lyndhurst
2 50.9190 -1.4900 Totton
2 50.8660 -1.4000 Hythe
2 50.9130 -1.3010 Hedge End
2 50.9540 -1.2130 Bishop’s Waltham
2 51.2300 -1.3370 Whitchurch
2 51.1140 -1.4930 Stockbridge
2 51.0890 -1.1620 New Alresford
1 50.7010 -1.2930 Newport
2 50.7290 -1.1620 Ryde
2 50.7610 -1.2990 Cowes
2 50.6550 -1.1540 Sandown
2 50.5950 -1.2070 Ventnor
2 50.6830 -1.5250 Freshwater`

export const TOWNS: readonly Town[] = [...read(THAMES_VALLEY, 'tvp'), ...read(HAMPSHIRE, 'hants')]

function read(text: string, force: Town['force']): readonly Town[] {
  return text
    .trim()
    .split('\n')
    .map(line => {
      const [rank, latitude, longitude, ...name] = line.split(' ')
      return {
        ...{ name: name.join(' '), latitude: Number(latitude), longitude: Number(longitude) },
        ...{ rank: rank === '1' ? 1 : 2, force }
      }
    })
}
