/*
 * What the demo's people, streets and calls are made of. Every name is invented; the towns are real, so that the map
 * makes sense. Postcodes end in letters that no real one has (C, I, K, M, O and V never stand there).
 */

export const FIRST_NAMES = [
  'Adaeze',
  'Alfie',
  'Amrit',
  'Beatrix',
  'Bronwen',
  'Callum',
  'Carys',
  'Dariusz',
  'Delphine',
  'Edmund',
  'Eleri',
  'Farah',
  'Fergus',
  'Gwendolen',
  'Hamza',
  'Hettie',
  'Idris',
  'Imogen',
  'Jarek',
  'Jemima',
  'Kamala',
  'Kit',
  'Leontyne',
  'Lorcan',
  'Maeve',
  'Mustafa',
  'Nerys',
  'Obinna',
  'Olwen',
  'Piotr',
  'Priya',
  'Quentin',
  'Rosalind',
  'Rufus',
  'Saoirse',
  'Tamsin',
  'Tobias',
  'Una',
  'Wilfred',
  'Zainab'
] as const

export const SURNAMES = [
  'Ashgrove',
  'Barrowcliff',
  'Bellwether',
  'Brindlewood',
  'Cawdrey',
  'Coppingale',
  'Dunnockshaw',
  'Elmsworthy',
  'Fallowfield',
  'Fennimere',
  'Garsbrook',
  'Hallowell-Tarn',
  'Hartsease',
  'Ivelchester',
  'Kestrelby',
  'Larkhampton',
  'Lintwhistle',
  'Marlpitt',
  'Merrowdown',
  'Netherbeck',
  'Oakenshaw',
  'Pellinore',
  'Quillfeather',
  'Rookhope',
  'Rushbeare',
  'Sallowfield',
  'Silverdene',
  'Tanglewyst',
  'Thistlecombe',
  'Underhay',
  'Vellacourt',
  'Whinfell',
  'Wintergreene',
  'Wychbold',
  'Yaffleton'
] as const

export const STREETS = [
  'Alderney Row',
  'Beacon Fold',
  'Candlemaker Lane',
  'Dabchick Close',
  'Eastwater Parade',
  'Foundry Steps',
  'Gooseacre Road',
  'Harrier Way',
  'Inkerman Mews',
  'Jackdaw Rise',
  'Kingcup Drive',
  'Lapwing Terrace',
  'Mill Tail',
  'Nailers Court',
  'Old Ropewalk',
  'Plover Gardens',
  'Quarrymans Hill',
  'Reedbed Avenue',
  'Sandpiper Street',
  'Tollgate Crescent',
  'Upper Sheepcote',
  'Violet Bank',
  'Weighbridge Road',
  'Yew Tree Passage'
] as const

/** Name, postcode district, latitude and longitude of the middle. */
export const TOWNS: Record<'tvp' | 'hants', readonly (readonly [string, string, number, number])[]> = {
  tvp: [
    ['Reading', 'RG1', 51.4543, -0.9781],
    ['Oxford', 'OX1', 51.752, -1.2577],
    ['Slough', 'SL1', 51.5105, -0.595],
    ['Milton Keynes', 'MK9', 52.0406, -0.7594],
    ['Aylesbury', 'HP20', 51.8156, -0.8084],
    ['High Wycombe', 'HP11', 51.6286, -0.7482],
    ['Banbury', 'OX16', 52.0629, -1.3398],
    ['Newbury', 'RG14', 51.4014, -1.3231],
    ['Abingdon', 'OX14', 51.6708, -1.288],
    ['Maidenhead', 'SL6', 51.5225, -0.7219]
  ],
  hants: [
    ['Southampton', 'SO14', 50.9097, -1.4044],
    ['Portsmouth', 'PO1', 50.8198, -1.088],
    ['Winchester', 'SO23', 51.0598, -1.3101],
    ['Basingstoke', 'RG21', 51.2665, -1.0924],
    ['Andover', 'SP10', 51.2111, -1.4919],
    ['Fareham', 'PO16', 50.8548, -1.1866],
    ['Gosport', 'PO12', 50.795, -1.117],
    ['Havant', 'PO9', 50.8518, -0.9828],
    ['Newport', 'PO30', 50.7005, -1.291],
    ['Eastleigh', 'SO50', 50.967, -1.374]
  ]
}

export const UNREAL_POSTCODE_LETTERS = ['CK', 'IM', 'KO', 'MV', 'OC', 'VI'] as const

/** What earlier calls were about: incident type, words of the log, how it ended. */
export const MATTERS = [
  ['Anti-social behaviour: nuisance', 'Youths riding mini-motos on the green, returning most evenings.'],
  ['Public safety: concern for safety', 'Neighbour not seen for two days, curtains drawn, no answer at the door.'],
  ['Domestic incident: no crime', 'Raised voices heard through the wall; both parties spoken to, no complaint made.'],
  ['Burglary: residential', 'Rear door forced while the house was empty; jewellery taken.'],
  ['Road traffic: collision, damage only', 'Two vehicles, details exchanged, road clear on arrival.'],
  ['Public safety: missing person', 'Teenager late home from a friend’s; returned before attendance.'],
  ['Criminal damage: vehicle', 'Wing mirrors kicked off four parked cars overnight.'],
  ['Public safety: abandoned 999 call', 'Line open, nothing heard; called back, answered by a child playing.'],
  ['Violence: no injury', 'Argument outside a takeaway, parties separated.'],
  ['Administration: messages', 'Asked for an update on an earlier report.'],
  ['Theft: from vehicle', 'Window smashed, tools taken from a van.'],
  ['Anti-social behaviour: environmental', 'Fly-tipping in the lane; index of the vehicle noted.']
] as const
