/** What a command came to; `code` and `text` are for the screen. */
export type Done = { readonly ok: true } | { readonly ok: false; readonly code: string; readonly text: string }

export function refused(code: string, text: string): Done {
  return { ok: false, code, text }
}
