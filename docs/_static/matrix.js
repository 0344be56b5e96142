// What a mark says, in the line below the matrix: by pointer, by touch, and by the arrow keys. Without this it is in
// the marks' titles.
for (const matrix of document.querySelectorAll(".matrix")) {
  const told = matrix.querySelector(".matrix-told");
  const rows = [...matrix.querySelectorAll("tr")].map((row) => [...row.querySelectorAll("[data-told]")]);
  const filled = rows.filter((row) => row.length);
  let chosen = null;

  const tell = (place) => {
    chosen?.classList.remove("chosen");
    chosen = place;
    chosen.classList.add("chosen");
    told.textContent = place.dataset.told;
  };
  for (const place of matrix.querySelectorAll("[data-told]")) {
    place.removeAttribute("title");
    place.tabIndex = -1;
  }
  if (filled.length) filled[0][0].tabIndex = 0;
  for (const event of ["pointerover", "click", "focusin"]) {
    matrix.addEventListener(event, ({ target }) => {
      const place = target.closest("[data-told]");
      if (place) tell(place);
    });
  }
  matrix.addEventListener("keydown", (event) => {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    const place = event.target.closest("[data-told]");
    if (!step || !place) return;
    const down = filled.findIndex((row) => row.includes(place));
    // The first row, of releases, has no clause before it.
    const across = filled[down].indexOf(place) + (down === 0 ? 1 : 0);
    const row = filled[Math.min(Math.max(down + step[0], 0), filled.length - 1)];
    const next = row[Math.min(Math.max(across + step[1] - (row === filled[0] ? 1 : 0), 0), row.length - 1)];
    next.focus();
    event.preventDefault();
  });
}
