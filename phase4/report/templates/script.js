(() => {
  "use strict";
  const source = document.getElementById("dates");
  if (!source) return;
  const { columns, dates } = JSON.parse(source.textContent);
  const days = [...document.querySelectorAll(".days .day")];
  const detail = document.getElementById("detail");
  const row = (number) => Object.fromEntries(columns.map((name, at) => [name, dates[number][at]]));
  const element = (tag, text) => Object.assign(document.createElement(tag), { textContent: text });
  let pinned = null;

  const pair = (name, value) => {
    const box = document.createElement("div");
    box.append(element("dt", name), element("dd", value));
    return box;
  };

  const show = (day) => {
    const date = row(Number(day.dataset.n));
    const when = new Date(date.game_date + "T00:00:00Z").toLocaleDateString("en-GB", {
      weekday: "long", day: "numeric", month: "long", year: "numeric", timeZone: "UTC",
    });
    const facts = document.createElement("dl");
    facts.append(
      pair("games L1 / L3 / L4", `${date.l1_games} / ${date.l3_games} / ${date.l4_games}`),
      pair("players in L4", `${date.present_players} of ${date.expected_players}`),
      pair("missing", date.missing_players),
      pair("not in L3", date.extra_players),
      pair("duplicates", date.duplicate_rows),
      pair("ledger", date.ledger),
      pair("in this run", date.run_status ? date.run_status.toLowerCase() : "not planned"),
    );
    if (date.since) facts.append(pair("since then", date.since));
    if (date.rows_changed !== null) facts.append(pair("rows changed", date.rows_changed));
    const more = document.createElement("p");
    more.append("All of it: ", element("code", `phase4 explain ${date.game_date}`));
    detail.replaceChildren(
      element("h4", `${when} · ${date.state.toLowerCase().replaceAll("_", " ")}`),
      element("div", date.reason), facts, more,
    );
    detail.classList.add("chosen");
    for (const other of days) other.removeAttribute("aria-current");
    day.setAttribute("aria-current", "true");
  };

  const moves = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 7, ArrowUp: -7 };
  const focus = (from, step) => {
    const next = days[Math.min(Math.max(days.indexOf(from) + step, 0), days.length - 1)];
    for (const day of days) day.tabIndex = day === next ? 0 : -1;
    next.focus();
  };

  for (const day of days) {
    day.tabIndex = day === days[0] ? 0 : -1;
    day.addEventListener("click", () => { pinned = day; show(day); });
    day.addEventListener("focus", () => { pinned = day; show(day); });
    day.addEventListener("mouseenter", () => show(day));
    day.addEventListener("mouseleave", () => { if (pinned) show(pinned); });
    day.addEventListener("keydown", (event) => {
      if (!(event.key in moves)) return;
      event.preventDefault();
      focus(day, moves[event.key]);
    });
  }

  const filters = [...document.querySelectorAll(".legend button")];
  for (const filter of filters) {
    filter.addEventListener("click", () => {
      const on = filter.getAttribute("aria-pressed") !== "true";
      for (const other of filters) other.setAttribute("aria-pressed", String(on && other === filter));
      for (const day of days) {
        day.classList.toggle("dimmed", on && !day.classList.contains(filter.dataset.state));
      }
    });
  }
})();
