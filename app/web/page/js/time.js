export function mountTime() {}
