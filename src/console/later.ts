import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'

const AGAIN_MS = 3_000

/**
 * A part of the page that its first picture does without: fetched right behind it, and again until it is there, so that
 * it is here long before anybody asks for it and no gateway need answer then.
 */
export function useLater<Props>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> | undefined {
  const [part, setPart] = useState<ComponentType<Props> | undefined>(undefined)
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let isOver = false
    const fetchPart = () => {
      load().then(
        found => (isOver ? undefined : setPart(() => found)),
        () => {
          if (!isOver) timer = setTimeout(fetchPart, AGAIN_MS)
        }
      )
    }
    fetchPart()
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, [load])
  return part
}
