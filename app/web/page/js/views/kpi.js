export const title = "KPIs";
export function mount(root) {}
