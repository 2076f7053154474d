// The catalogue's search box: shows the datasets that hold every word that was typed.
//
// Thai is written without spaces, so a word is found anywhere inside a text, not only at its
// start. Text is folded on both sides: what looks or means the same is the same (Thai and
// Arabic digits, the two spellings of sara am, doubled sara e, letter case). Tone marks and
// vowels stay: เสือ is not เสื้อ. Works from a disk: the index is in the page.
"use strict";

(function () {
  const THAI = "\\u0e00-\\u0e7f";

  function fold(text) {
    return text
      .normalize("NFKC") // also writes sara am as nikhahit + sara aa
      .replace(/\u0e4d([\u0e48-\u0e4b])\u0e32/g, "$1\u0e4d\u0e32") // the tone mark comes first
      .replace(/\u0e40\u0e40/g, "\u0e41") // two sara e typed for one sara ae
      .replace(/[\u0e50-\u0e59]/g, (digit) => String(digit.charCodeAt(0) - 0x0e50))
      .replace(/[\u200b-\u200d\u2060\ufeff.]/g, "") // invisible spaces, and the dots of abbreviations
      .toLowerCase()
      .replace(/\s+/g, " ")
      .trim();
  }

  function holds(text, name, alone) {
    if (!alone) {
      return text.includes(name);
    }
    return new RegExp(`(?<![${THAI}a-z0-9])${name}(?![${THAI}a-z0-9])`).test(text);
  }

  // A word of the query becomes the names that it may stand for.
  function expand(word, groups) {
    const group = groups.find((names) => names.some((each) => each.name === word));
    return [{ name: word, alone: false }, ...(group || [])];
  }

  // Aliases of several words ("land tax") count as one word of the query.
  function words(query, groups) {
    const phrases = groups.flat().filter((each) => each.name.includes(" ") && ` ${query} `.includes(` ${each.name} `));
    const phrase = phrases.sort((a, b) => b.name.length - a.name.length)[0];
    if (!phrase) {
      return query.split(" ").filter(Boolean);
    }
    return [phrase.name, ...` ${query} `.replace(` ${phrase.name} `, " ").split(" ").filter(Boolean)];
  }

  const index = JSON.parse(document.getElementById("search-index").textContent);
  const groups = index.aliases.map((group) => [
    ...group.names.map((name) => ({ name: fold(name), alone: false })),
    ...(group.short || []).map((name) => ({ name: fold(name), alone: true })),
  ]);
  const texts = new Map(Object.entries(index.datasets).map(([name, text]) => [name, fold(text)]));
  const form = document.getElementById("search");
  const input = form.querySelector("input");
  const status = document.getElementById("search-status");
  const nothing = document.getElementById("search-nothing");
  const cards = [...document.querySelectorAll("[data-dataset]")];

  function show() {
    const query = fold(input.value);
    const wanted = words(query, groups).map((word) => expand(word, groups));
    let found = 0;
    for (const card of cards) {
      const text = texts.get(card.dataset.dataset);
      const matches = wanted.every((names) => names.some((each) => holds(text, each.name, each.alone)));
      card.hidden = !matches;
      found += matches ? 1 : 0;
    }
    for (const topic of document.querySelectorAll("[data-topic]")) {
      topic.hidden = !topic.querySelector("[data-dataset]:not([hidden])");
    }
    nothing.hidden = found > 0;
    const said = found ? status.dataset.found : status.dataset.nothing;
    status.textContent = query
      ? said.replace("{found}", found).replace("{total}", cards.length).replace("{query}", () => input.value.trim())
      : "";
    form.querySelector("button").hidden = !query;
  }

  form.hidden = false;
  input.addEventListener("input", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => {
    setTimeout(() => {
      show();
      input.focus();
    });
  });
  show(); // the browser may have kept what was typed before
})();
