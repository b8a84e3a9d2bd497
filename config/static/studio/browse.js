// The forms of the browsable API: sends what HTML forms can't (PUT, PATCH, DELETE, JSON, If-Match), and shows the answer.
// A module: an answer replaces the page and runs this again.
const page = document.body.dataset;

function isUnchanged(field) {
  if (field.type === "checkbox" || field.type === "radio") return field.checked === field.defaultChecked;
  if (field.options) {
    const initial = [...field.options].find((option) => option.defaultSelected) || field.options[0];
    return Boolean(initial) && field.value === initial.value;
  }
  return field.value === field.defaultValue;
}

// A change sends what was changed; anything else leaves out what was left empty.
function sentFields(form) {
  const data = new FormData();
  for (const field of form.elements) {
    if (!field.name || field.name === "csrfmiddlewaretoken") continue;
    if (form.dataset.method === "PATCH" && isUnchanged(field)) continue;
    if (form.dataset.method !== "PATCH" && (field.value === "" || field.value === "null")) continue;
    if (field.type === "radio" && !field.checked) continue;
    data.append(field.name, field.type === "checkbox" ? String(field.checked) : field.value);
  }
  return data;
}

async function send(form) {
  const headers = { Accept: "text/html", "X-CSRFToken": page.csrf };
  if (page.etag) headers["If-Match"] = page.etag;
  const options = { method: form.dataset.method, headers, credentials: "same-origin" };
  const text = form.querySelector("textarea[data-json]");
  if (text) {
    headers["Content-Type"] = "application/json";
    options.body = text.value;
  } else if (form.dataset.body) {
    options.body = sentFields(form);
  }
  const answer = await fetch(form.action, options);
  const html = await answer.text();
  document.open();
  document.write(html);
  document.close();
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.dataset.method) return;
  event.preventDefault();
  const question = form.dataset.ask;
  if (question && !window.confirm(question)) return;
  form.querySelector("button").disabled = true;
  send(form);
});

document.addEventListener("click", (event) => {
  const tab = event.target.closest("[data-tab]");
  if (!tab) return;
  const box = tab.closest(".form");
  for (const one of box.querySelectorAll("[data-tab]")) one.setAttribute("aria-selected", String(one === tab));
  for (const pane of box.querySelectorAll("[data-pane]")) pane.hidden = pane.dataset.pane !== tab.dataset.tab;
});
