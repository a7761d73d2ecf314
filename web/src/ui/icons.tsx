import type { ReactNode } from "react";

function Icon({ children }: { children: ReactNode }) {
  return (
    <svg viewBox="0 0 24 24" className="size-5" fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
      {children}
    </svg>
  );
}

export const SearchIcon = () => <Icon><circle cx="11" cy="11" r="6.5" /><path d="m16 16 4.5 4.5" /></Icon>;
export const CameraIcon = () => (
  <Icon><path d="M4 8h3l1.6-2.5h6.8L17 8h3a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V9a1 1 0 0 1 1-1Z" /><circle cx="12" cy="13.2" r="3.6" /></Icon>
);
export const CartIcon = () => <Icon><path d="M6 8h12l1 12H5L6 8Z" /><path d="M9 10.5V7a3 3 0 0 1 6 0v3.5" /></Icon>;
export const PersonIcon = () => <Icon><circle cx="12" cy="8.5" r="3.8" /><path d="M4.8 20c.8-3.8 3.6-5.7 7.2-5.7s6.4 1.9 7.2 5.7" /></Icon>;
export const CloseIcon = () => <Icon><path d="m6 6 12 12M18 6 6 18" /></Icon>;
export const HeartIcon = ({ filled }: { filled: boolean }) => (
  <Icon><path fill={filled ? "currentColor" : "none"} d="M12 19.5S4.5 15 4.5 9.6A4 4 0 0 1 12 7.6a4 4 0 0 1 7.5 2C19.5 15 12 19.5 12 19.500Z" /></Icon>
);
export const SimilarIcon = () => <Icon><rect x="3.5" y="3.5" width="11" height="11" rx="1.5" /><path d="M17.5 9.500h2a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1h-9a1 1 0 0 1-1-1v-2" /></Icon>;
export const HideIcon = () => <Icon><path d="M4 4l16 16M9.900 5.700A9.600 9.600 0 0 1 12 5.500c5 0 8.300 4.300 9.300 6.500a14 14 0 0 1-2.600 3.600M6.300 7.400A13.5 13.5 0 0 0 2.700 12c1 2.200 4.300 6.5 9.300 6.5 1.700 0 3.200-.5 4.5-1.200" /></Icon>;
export const ThemeIcon = () => <Icon><circle cx="12" cy="12" r="8" /><path d="M12 4a8 8 0 0 0 0 16Z" fill="currentColor" /></Icon>;
export const FilterIcon = () => <Icon><path d="M4 7h16M7 12h10M10 17h4" /></Icon>;
export const DownIcon = () => <Icon><path d="m6 9.5 6 6 6-6" /></Icon>;
