export function PublicVillage() { return null }
