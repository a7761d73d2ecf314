/** The grid that products stand in everywhere, and how wide a picture is in it. */
export const GRID = "grid grid-cols-2 gap-x-4 gap-y-8 sm:grid-cols-3 sm:gap-x-6 lg:grid-cols-4";
export const GRID_SIZES = "(min-width: 80rem) 288px, (min-width: 64rem) 23vw, (min-width: 40rem) 30vw, 45vw";
