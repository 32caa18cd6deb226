import type { Site } from './api.ts'

/** The name of a force, or its id when this site does not know it. */
export function forceName({ forces }: Pick<Site, 'forces'>, id: string): string {
  return forces.find(force => force.id === id)?.name ?? id
}
