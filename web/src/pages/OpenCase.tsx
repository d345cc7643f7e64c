export function OpenCase() { return null }
