import type { CallRegistry } from '../call/call-registry.ts'
import type { WhoseCall } from '../switches/switch-driver.ts'

interface Parts {
  readonly registry: Pick<CallRegistry, 'callOf'>
  readonly hasOthers: () => boolean
  /** Another gateway may have it on its own disk, and the record does not say so yet. */
  readonly isRecordBehind: () => boolean
}

/** By what this node holds: a call that another adopts leaves the registry, and one that came back is of a later generation. */
export function makeWhoseCall({ registry, hasOthers, isRecordBehind }: Parts): WhoseCall {
  return named => {
    if (!hasOthers() && !isRecordBehind()) return 'ours'
    const call = registry.callOf(named)
    if (call === undefined) return 'elsewhere'
    return call.generation > 1 || isRecordBehind() ? 'shared' : 'ours'
  }
}
