import type pg from 'pg'

/** Who asks, from where and when. */
export interface Searcher {
  readonly handler: string
  readonly position: string
  readonly force: string
  /** Epoch ms. */
  readonly at: number
}

export interface Search {
  readonly kind: 'people' | 'person' | 'history' | 'place' | 'calls'
  /** As it was typed. */
  readonly query?: string
  readonly callId?: string
  /** Whose records were asked. */
  readonly forces: readonly string[]
  readonly results: number
  /** Whom the answer named. */
  readonly people?: readonly number[]
}

/** Keeps that somebody asked, and what the answer was; within the transaction of the question where it has one. */
export async function addSearch(
  on: Pick<pg.ClientBase, 'query'>,
  { handler, position, force, at }: Searcher,
  { kind, query, callId, forces, results, people = [] }: Search
): Promise<void> {
  await on.query({
    name: 'add-search',
    text: `insert into search_audit (at, handler, position, force, forces, kind, query, call_id, results, people)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    values: [
      ...[Math.round(at), handler, position, force, forces, kind],
      ...[query ?? null, callId ?? null, results, people]
    ]
  })
}
