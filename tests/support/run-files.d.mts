/** Counts of all files: assertions that passed, failed, and were skipped. */
export function runFiles(
  list: readonly string[],
  options: {
    readonly jobs: number
    readonly env: NodeJS.ProcessEnv
    /** What one file may take. */
    readonly seconds: number
    readonly print: (text: string) => void
  }
): Promise<{ readonly pass: number; readonly fail: number; readonly skip: number }>
