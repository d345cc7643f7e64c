const KEY = 'shouwang.device'

/**
 * A random name of this browser, made once. The server compares by it whether two signatures came from one device (DQ-03);
 * it says nothing about the device, and where nothing can be stored there is none.
 */
export function deviceId(): string | undefined {
  try {
    let id = localStorage.getItem(KEY)
    if (!id) {
      id = crypto.randomUUID()
      localStorage.setItem(KEY, id)
    }
    return id
  } catch {
    return undefined
  }
}
