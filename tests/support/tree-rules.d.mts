/** All breaches below `root`, as `path[:line]: what is wrong and why`. */
export function treeBreaches(root: string): string[]
