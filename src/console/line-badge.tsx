/** The line as a sign: emergencies are filled, everything else is outlined, so that it reads without colour. */
export function LineBadge({ line }: { line: string }) {
  return (
    <span class="line" data-line={line}>
      {line}
    </span>
  )
}
