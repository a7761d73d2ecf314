/** What the server wrote into the page: the shop's name and the currency of all its prices. */
const { shop, currency } = document.documentElement.dataset;

export const SHOP_NAME = shop || "parure";
export const CURRENCY = currency || "EUR";
