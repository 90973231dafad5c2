// The answer: the digit in large, a sentence, and a bar for each class.

import { CERTAIN, POSSIBLE } from "../certainty.js";
import { byId, element } from "../dom.js";
import { probabilityText, text } from "../language.js";

const LIKELY = 0.05;

export function showAnswer(answer) {
  if (!answer) {
    showNothing();
    return;
  }
  const ranked = answer.probabilities.toSorted((a, b) => b.probability - a.probability);
  const [best] = ranked;
  const isCertain = best.probability >= CERTAIN;
  byId("answer").classList.toggle("doubtful", !isCertain);
  showLarge(best.probability >= POSSIBLE ? best.digit : "?");
  byId("sentence").textContent = sentence(ranked);
  showBars(answer.probabilities, best.digit, isCertain);
}

function sentence(ranked) {
  const [best, second] = ranked;
  const values = {
    digit: best.digit,
    other: second?.digit,
    probability: probabilityText(best.probability),
  };
  if (best.probability >= CERTAIN) return text("answer_certain", values);
  if (best.probability >= POSSIBLE) return text("answer_doubtful", values);
  const candidates = ranked
    .slice(0, 3)
    .filter((row) => row === best || row.probability >= LIKELY)
    .map(({ digit }) => digit);
  return text("answer_unknown", { digits: candidates.join(", ") });
}

function showLarge(label) {
  byId("digit").textContent = label;
  byId("digit").classList.toggle("long", label.length > 1);
}

function showNothing() {
  byId("answer").classList.remove("doubtful");
  showLarge("");
  byId("sentence").textContent = text("answer_none");
  for (const bar of byId("bars").children) setBar(bar, 0, false, false);
}

function showBars(probabilities, best, isCertain) {
  const list = byId("bars");
  if (list.children.length !== probabilities.length) makeBars(probabilities);
  probabilities.forEach(({ digit, probability }, place) => {
    const isBest = digit === best;
    setBar(list.children[place], probability, isBest, isBest && !isCertain);
  });
  // With many classes, the list scrolls.
  const bar = list.querySelector(".best");
  list.scrollTop = bar.offsetTop - list.offsetTop - list.clientHeight / 2;
}

export function makeBars(probabilities) {
  byId("bars").replaceChildren(
    ...probabilities.map(({ digit }) =>
      element(
        "li",
        {},
        element("span", { class: "bar-label", title: digit }, digit),
        element("span", { class: "bar-track" }, element("span", { class: "bar-fill" })),
        element("span", { class: "bar-value" }),
      ),
    ),
  );
}

function setBar(bar, probability, isBest, isDoubtful) {
  const [, track, value] = bar.children;
  track.firstChild.style.transform = `scaleX(${probability})`;
  value.textContent = probabilityText(probability);
  bar.classList.toggle("best", isBest);
  bar.classList.toggle("doubtful", isDoubtful);
}
