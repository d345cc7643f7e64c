let words: Record<string, string> | undefined

/** From now on words are taken from this dictionary; known before the first module of the application is read. */
export function takeWords(dictionary: Record<string, string>): void {
  words = dictionary
}

/** Whether the page is in English. */
export const isEnglish = (): boolean => words !== undefined

/** Chinese words of the product in the language chosen; what has no translation stays Chinese. The build calls it. */
export function tr(key: string, ...places: unknown[]): string {
  return fill(words?.[key] ?? key, places)
}

/** Puts what belongs there into the places {0}, {1} … */
export function fill(text: string, places: unknown[]): string {
  return places.length === 0 ? text : text.replace(/\{(\d+)\}/g, (_, n: string) => String(places[Number(n)]))
}

/** Words that go into records, papers and files: they stay Chinese in every language. */
export function asWritten<T extends string | string[]>(chinese: T): T {
  return chinese
}
