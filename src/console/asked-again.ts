import { useEffect, useState } from 'preact/hooks'
import type { Answer } from './api.ts'

/**
 * The answer while it is looked at: asked for at once, every so many ms, and anew when `why` is another. Undefined before the
 * first answer, and where nobody looks at it (`isOpen` false).
 */
export function useAskedAgain<T>(
  ask: () => Promise<Answer<T>>,
  {
    everyMs,
    why,
    isOpen = true
  }: { readonly everyMs: number; readonly why: string | number; readonly isOpen?: boolean }
): Answer<T> | undefined {
  const [answer, setAnswer] = useState<Answer<T> | undefined>(undefined)
  useEffect(() => {
    if (!isOpen) return setAnswer(undefined)
    let isOver = false
    const again = async () => {
      const next = await ask()
      if (!isOver) setAnswer(next)
    }
    void again()
    const timer = setInterval(() => void again(), everyMs)
    return () => {
      isOver = true
      clearInterval(timer)
    }
  }, [isOpen, why])
  return answer
}
