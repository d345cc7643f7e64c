export function Households() { return null }
