export function HouseholdPage() { return null }
