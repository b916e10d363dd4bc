// What the server cannot do: say one sentence, show the labels that are ticked. Every page works without it.
"use strict";
(() => {
  const SAY_EACH_MS = 10000;
  const sayings = () => new Map([...document.querySelectorAll("[data-say]")].map((one) => [one.id, one.dataset.say]));
  let said = sayings();
  let changed = new Map();
  let saidAt = -SAY_EACH_MS;
  let timer = null;

  // One polite sentence at most in ten seconds, however many beds changed.
  const say = () => {
    timer = null;
    if (changed.size === 0) return;
    const sentences = [...changed.values()];
    const region = document.getElementById("said");
    region.textContent = sentences.length === 1 ? sentences[0].replace(/[^.]$/, "$&.") :
      `${region.dataset.many.replace("#", sentences.length)} ${sentences.map((one) => one.split(":")[0].trim()).join(", ")}.`;
    changed = new Map();
    saidAt = performance.now();
  };
  // By itself a page tells what became of one's own press, and what needs someone; all else only for who asked for it.
  const OWN_FOR_MS = 35000;  // a box answers within 30 s
  const READ_ALL = "read-out-all";
  const ownUntil = new Map();
  const readAll = document.getElementById("read-all");
  if (readAll) {
    readAll.checked = localStorage.getItem(READ_ALL) === "yes";
    readAll.closest("label").hidden = false;
    readAll.addEventListener("change", () => localStorage.setItem(READ_ALL, readAll.checked ? "yes" : "no"));
  }
  document.addEventListener("htmx:beforeRequest", ({ target, detail }) => {
    const part = detail.requestConfig?.verb === "post" && target.closest("[data-say]");
    if (part) ownUntil.set(part.id, performance.now() + OWN_FOR_MS);
  });
  const isTold = (id) => document.getElementById(id).matches(".check_box, .still_playing, .end") ||
    (ownUntil.get(id) ?? 0) > performance.now() || localStorage.getItem(READ_ALL) === "yes";
  const notice = () => {
    const now = sayings();
    now.forEach((sentence, id) => { if (said.has(id) && said.get(id) !== sentence && isTold(id)) changed.set(id, sentence); });
    said = now;
    if (changed.size > 0 && timer === null) timer = setTimeout(say, Math.max(0, saidAt + SAY_EACH_MS - performance.now()));
  };

  // A page that the browser kept whole and shows again on Back: it may be of someone who has signed out since.
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  // What had the focus when its part changed stays in sight until something else has it.
  document.addEventListener("focusin", (event) => document.querySelectorAll(".in-use").forEach((part) => {
    if (!part.contains(event.target)) part.classList.remove("in-use");
  }));
  document.addEventListener("answered", () => { notice(); narrow(); offerCopy(); retitle(); });

  // The page's title begins with its message, also when that has changed.
  const message = () => document.querySelector("#message")?.dataset.title ?? "";
  const plainTitle = document.title.slice(message() ? message().length + 1 : 0);
  const retitle = () => { if (message()) document.title = `${message()} ${plainTitle}`; };

  // The board narrowed: tiles are hidden where they stand, and the counts follow what the tiles show.
  const board = document.getElementById("board");
  const passes = {
    "": () => true,
    music: (tile) => tile.matches(".sounds"),
    need: (tile) => tile.matches(".check_box, .still_playing"),
    mine: (tile) => tile.matches(".mine"),
  };
  const address = (said) => {
    const words = new URLSearchParams(Object.entries(said).filter(([, value]) => value));
    return words.size ? `?${words}` : location.pathname;
  };
  const sought = () => document.querySelector("#rooms [name=room]").value.trim();
  const stopRoom = () => {
    const buttons = [...document.querySelectorAll("#stop-room [name=room]")];
    buttons.forEach((button) => {
      const room = board.querySelector(`[data-room="${CSS.escape(button.value)}"]`);
      button.hidden = room.querySelectorAll(".sounds").length === 0;
    });
    const menu = document.querySelector("#stop-room details");
    if (!menu) return;
    const count = buttons.filter((button) => !button.hidden).length;
    if (menu.classList.contains("single") !== (count === 1)) menu.open = count === 1;
    menu.classList.toggle("single", count === 1);  // the one button stands open
    menu.hidden = count === 0;
  };
  const narrow = () => {
    if (!board) return;
    const { show } = board.dataset;
    const room = sought();
    const plain = (words) => words.toLowerCase().replace(/\s+/g, "");
    const begins = (tile) => plain(tile.querySelector(".open").textContent).startsWith(plain(room));
    const tiles = [...board.querySelectorAll(".tile")];
    tiles.forEach((one) => one.classList.toggle("aside", !begins(one)));
    board.querySelectorAll(".room").forEach((one) => one.classList.toggle("aside", !one.querySelector(".tile:not(.aside)")));
    document.querySelectorAll("#filter a").forEach((link) => {
      link.querySelector("b").textContent = tiles.filter(passes[link.dataset.show]).length;
      if (link.dataset.show === show) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
      link.href = address({ show: link.dataset.show, room });
    });
    const found = tiles.some((tile) => passes[show](tile) && !tile.closest(".aside"));
    board.hidden = !found && !board.contains(document.activeElement);
    document.querySelectorAll("[data-none]").forEach((one) => { one.hidden = found || one.dataset.none !== (room ? "room" : show); });
    stopRoom();
  };
  const remembered = () => {
    const here = address({ show: board.dataset.show, room: sought() });
    history.replaceState(null, "", here);
    const back = document.querySelector(".theme [name=next]");
    if (back) back.value = location.pathname + location.search;
    narrow();
  };
  if (board) {
    document.querySelector("#rooms").addEventListener("input", remembered);
    document.querySelector("#rooms").addEventListener("submit", (event) => {
      event.preventDefault();
      remembered();
      const hits = [...board.querySelectorAll(".tile:not(.aside)")].filter(passes[board.dataset.show]);
      if (sought() && hits.length === 1) hits[0].querySelector("a.open").click();
    });
    document.addEventListener("keydown", (event) => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea, select")) return;
      event.preventDefault();
      document.querySelector("#rooms [name=room]").focus();
    });
    document.getElementById("filter").addEventListener("click", (event) => {
      const link = event.target.closest("a");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      board.dataset.show = link.dataset.show;
      remembered();
    });
    narrow();
  }

  // Playlists and tracks are searched without the server; what is ticked is never hidden.
  const finds = (row, text) => text.toLowerCase().split(/\s+/).every((word) => row.dataset.words.toLowerCase().includes(word));
  const others = document.getElementById("others");
  if (others) {
    const form = others.querySelector("form");
    const rows = [...others.querySelectorAll(".offer")];
    const purposes = [...form.querySelectorAll("[aria-pressed]")];
    const search = () => {
      const purpose = purposes.find((one) => one.getAttribute("aria-pressed") === "true").value;
      const text = form.elements.q.value;
      rows.forEach((row) => {
        const hit = finds(row, text) && (!purpose || row.dataset.purpose === purpose);
        row.hidden = !hit && !row.querySelector(":checked");
      });
      others.classList.toggle("searched", Boolean(text.trim() || purpose));
      document.getElementById("found-none").hidden = rows.some((row) => !row.hidden);
      history.replaceState(null, "", address({ q: text.trim(), purpose }));
    };
    form.addEventListener("input", search);
    form.addEventListener("submit", (event) => { event.preventDefault(); search(); });
    purposes.forEach((button) => button.addEventListener("click", (event) => {
      event.preventDefault();
      purposes.forEach((one) => one.setAttribute("aria-pressed", String(one === button)));
      search();
    }));
  }
  document.querySelectorAll("#part-never .find input").forEach((field) => field.addEventListener("input", () => {
    document.querySelectorAll("#part-never .tick").forEach((row) => { row.hidden = !finds(row, field.value) && !row.querySelector(":checked"); });
  }));

  // The evening page names the number of beds that are ticked.
  document.addEventListener("change", (event) => {
    if (event.target.name !== "bed") return;
    const button = document.getElementById("assign-evening");
    if (!button) return;
    const count = document.querySelectorAll("input[name=bed]:checked").length;
    button.textContent = count === 1 ? button.dataset.one : button.dataset.many.replace("#", count);
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-tick]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const boxes = document.querySelectorAll("input[name=bed]");
    boxes.forEach((box) => { box.checked = link.dataset.tick === "all"; });
    boxes[0]?.dispatchEvent(new Event("change", { bubbles: true }));
  });

  // The labels that the patient will see, beside the button that assigns them.
  document.addEventListener("change", (event) => {
    if (event.target.name !== "playlist") return;
    const ticked = new Set([...document.querySelectorAll("input[name=playlist]:checked")].map((one) => one.value));
    document.querySelectorAll("[data-chip]").forEach((chip) => { chip.hidden = !ticked.has(chip.dataset.chip); });
    document.getElementById("count").textContent = ticked.size;
    const word = document.getElementById("count-word");
    word.textContent = ticked.size === 1 ? word.dataset.one : word.dataset.many;
  });

  // What a press opens is seen whole: its confirmation must not stand below the edge. A page that opens it scrolls nothing.
  document.addEventListener("click", (event) => {
    const part = event.target.closest("summary")?.parentElement;
    if (part && !part.open) part.addEventListener("toggle", () => part.scrollIntoView({ block: "nearest" }), { once: true });
  });

  // Copied with one tap; where the clipboard is not allowed the text is selected, ready for the keys.
  const offerCopy = () => document.querySelectorAll("[data-copy]").forEach((button) => { button.hidden = false; });
  offerCopy();
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const text = document.getElementById(button.dataset.copy);
    const tell = (word) => { button.querySelector("span").textContent = word; document.getElementById("said").textContent = `${word}.`; };
    try {
      await navigator.clipboard.writeText(text.textContent);
      tell(button.dataset.copied);
    } catch {
      text.focus();
      getSelection().selectAllChildren(text);
      tell(button.dataset.selected);
    }
  });

  // After 30 seconds there is nothing to undo any more: the bar becomes white, and "Restore previous" stays in its row.
  document.querySelectorAll("[data-gone-after]").forEach((bar) => setTimeout(() => {
    const held = bar.contains(document.activeElement);
    bar.querySelectorAll("form, .until-undone, .undo-line").forEach((one) => one.remove());
    bar.classList.replace("can-undo", "done");
    bar.setAttribute("aria-label", [...bar.querySelectorAll("h2, p")].map((one) => one.textContent.trim()).filter(Boolean).join(". "));
    if (held) bar.focus();
  }, Number(bar.dataset.goneAfter) * 1000));
})();
