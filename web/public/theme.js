// Before the first paint, so that a page chosen dark does not flash white. The app itself keeps it up to date.
{
  const chosen = localStorage.getItem("parure.theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
}
