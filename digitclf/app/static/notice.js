// The line above everything that says what went wrong.

import { byId } from "./dom.js";
import { errorText } from "./language.js";

export function showError(error) {
  if (!error.code) console.error(error);
  const notice = byId("notice");
  notice.textContent = errorText(error);
  notice.hidden = false;
}

export function hideError() {
  byId("notice").hidden = true;
}
