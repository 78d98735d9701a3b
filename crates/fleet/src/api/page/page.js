"use strict";
// Text from the server goes into text nodes only, never into markup.
const $ = (id) => document.getElementById(id);
const PAGE = 50;
const EVERY = 15000;
let token = "";
let chosen = "";
let after = "";
let open = "";
let watching = null;
let picture = "";
let asked = 0;

const made = (tag, properties, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.filter((child) => child !== null));
  return element;
};

async function ask(path, options = {}) {
  const response = await fetch(path, {
    ...options,
    cache: "no-store",
    credentials: "omit",
    headers: { authorization: "Bearer " + token, ...options.headers },
  });
  if (response.ok) return response;
  let text = response.status + " " + response.statusText;
  try {
    const problem = await response.json();
    text = problem.detail + (problem.remedy ? ". To do: " + problem.remedy : "");
  } catch {
    // An answer that is not ours has no more to say.
  }
  const error = new Error(text);
  error.status = response.status;
  throw error;
}

function complain(error) {
  if (error && error.name === "AbortError") return;
  $("trouble").textContent = error ? error.message : "";
  $("trouble").hidden = !error;
  if (error && error.status === 401) leave();
}

function leave() {
  token = "";
  close();
  $("fleet").hidden = true;
  $("leave").hidden = true;
  $("login").hidden = false;
  $("who").textContent = "";
  $("rows").replaceChildren();
  $("phases").replaceChildren();
  $("token").focus();
}

async function refresh() {
  // An answer to an earlier question is not shown.
  const number = ++asked;
  const query = new URLSearchParams({ limit: PAGE });
  if (chosen) query.set("phase", chosen);
  if (after) query.set("after", after);
  if ($("search").value) query.set("contains", $("search").value);
  const answers = await Promise.all([ask("/v1/summary"), ask("/v1/topologies?" + query)]);
  const [summary, list] = await Promise.all(answers.map((answer) => answer.json()));
  if (number !== asked || !token) return;
  $("who").textContent = "tenant " + summary.tenant + ": " + summary.topologies + " of " + summary.most_topologies;
  phases(summary);
  rows(list);
}

function phases(summary) {
  const focused = document.activeElement && document.activeElement.dataset.phase;
  const counts = [["", summary.topologies], ...Object.entries(summary.phases)];
  if (chosen && !(chosen in summary.phases)) counts.push([chosen, 0]);
  const buttons = counts.map(([phase, count]) => {
    const button = made("button", { type: "button" }, made("b", {}, String(count)), phase || "all");
    button.dataset.phase = phase;
    button.setAttribute("aria-pressed", String(phase === chosen));
    button.onclick = () => {
      chosen = phase;
      again();
    };
    return button;
  });
  $("phases").replaceChildren(...buttons);
  buttons.find((button) => button.dataset.phase === focused)?.focus();
}

function rows(list) {
  const focused = document.activeElement && document.activeElement.dataset.name;
  const shown = list.topologies.map((one) => {
    const button = made("button", { type: "button" }, one.name);
    button.dataset.name = one.name;
    button.onclick = () => show(one.name);
    const phase = made("span", { className: "phase " + one.phase }, one.phase);
    return made("tr", {}, made("td", {}, button), made("td", {}, phase), made("td", {}, inShort(one)));
  });
  $("rows").replaceChildren(...shown);
  $("none").hidden = shown.length > 0;
  $("next").disabled = !list.next;
  $("next").dataset.after = list.next || "";
  $("first").disabled = !after;
  [...$("rows").querySelectorAll("button")].find((button) => button.dataset.name === focused)?.focus();
}

function inShort(one) {
  if (one.progress && one.progress.total) return one.progress.done + " of " + one.progress.total + " steps";
  const outcome = one.outcome;
  if (!outcome) return "";
  switch (outcome.outcome) {
    case "ready":
    case "not-connected":
      return outcome.verdicts.reachable + " of " + outcome.verdicts.pairs + " pairs reachable";
    case "drifted":
      return outcome.objects + " objects differ";
    case "failed":
      return outcome.failure.kind;
    default:
      return outcome.outcome;
  }
}

function again() {
  after = "";
  refresh().then(() => complain(null), complain);
}

function close() {
  if (watching) watching.abort();
  watching = null;
  const was = open;
  open = "";
  $("one").hidden = true;
  $("fleet").classList.remove("opened");
  $("picture").removeAttribute("src");
  if (picture) URL.revokeObjectURL(picture);
  picture = "";
  [...$("rows").querySelectorAll("button")].find((button) => button.dataset.name === was)?.focus();
}

async function show(name) {
  close();
  open = name;
  $("one-title").textContent = name;
  $("status").replaceChildren();
  $("asked").textContent = "";
  $("picture").hidden = true;
  $("one").hidden = false;
  $("fleet").classList.add("opened");
  $("one").focus();
  const stop = new AbortController();
  watching = stop;
  const path = "/v1/topologies/" + encodeURIComponent(name);
  draw(path, name, stop).catch(complain);
  follow(path, stop).catch(complain);
}

async function draw(path, name, stop) {
  const [drawn, text] = await Promise.all([
    ask(path + "/picture.svg", { signal: stop.signal }),
    ask(path + "/topology", { signal: stop.signal }),
  ]);
  $("asked").textContent = await text.text();
  const blob = await drawn.blob();
  if (stop.signal.aborted) return;
  picture = URL.createObjectURL(blob);
  $("picture").src = picture;
  $("picture").alt = "Networks of " + name + " as declared";
  $("picture").hidden = false;
}

// The watch ends after half an hour, or with the server; then another one begins.
async function follow(path, stop) {
  while (!stop.signal.aborted) {
    try {
      const answer = await ask(path + "?watch=all", { signal: stop.signal });
      $("live").textContent = "Live: changes are shown as they come.";
      const reason = await events(answer, stop);
      if (reason === "forgotten") {
        $("live").textContent = "It is forgotten.";
        return;
      }
    } catch (error) {
      if (stop.signal.aborted) return;
      // What the API refuses it refuses again; a server that is not there comes back.
      if (error.status >= 400 && error.status < 500 && error.status !== 429) {
        $("live").textContent = "Not live.";
        throw error;
      }
    }
    if (stop.signal.aborted) return;
    $("live").textContent = "Not live: connecting again.";
    await new Promise((done) => setTimeout(done, 2000));
  }
}

async function events(answer, stop) {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  let reason = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return reason;
    text += value;
    const parts = text.split("\n\n");
    text = parts.pop();
    for (const part of parts) {
      const field = (name) => part.split("\n").find((line) => line.startsWith(name + ": "))?.slice(name.length + 2);
      if (!field("data") || stop.signal.aborted) continue;
      const data = JSON.parse(field("data"));
      if (field("event") === "end") reason = data.reason;
      if (field("event") === "status") {
        tell(data);
        refresh().catch(complain);
      }
    }
  }
}

function tell(status) {
  const parts = [made("p", {}, made("strong", { className: "phase " + status.phase }, status.phase))];
  const facts = [["Generation", status.generation], ["Found to differ", status.drifts + " times"], ["Observed", status.ticks + " times"]];
  if (status.due) facts.push(["Next run", new Date(status.due).toLocaleString()]);
  parts.push(...(status.progress ? progress(status.progress) : []));
  parts.push(...(status.outcome ? outcome(status.outcome) : []));
  parts.push(list(facts));
  $("status").replaceChildren(...parts);
}

function list(facts) {
  return made("dl", {}, ...facts.flatMap(([name, value]) => [made("dt", {}, name), made("dd", {}, String(value))]));
}

const lines = (items) => made("ul", {}, ...items.map((item) => made("li", {}, item)));

function progress(run) {
  const parts = [made("h3", {}, "Under way: " + run.stage)];
  if (run.total) {
    const text = run.done + " of " + run.total + " steps";
    const bar = made("progress", { max: run.total, value: run.done });
    bar.setAttribute("aria-label", text);
    parts.push(made("p", {}, text), bar);
  }
  if (run.waiting_steps) {
    parts.push(made("p", {}, run.waiting_steps + " steps wait for the cloud:"));
    parts.push(lines((run.waiting || []).map((one) => one.step + ": " + one.state)));
  }
  return parts;
}

function outcome(ended) {
  const parts = [made("h3", {}, "Last run: " + ended.outcome)];
  if (ended.verdicts) {
    const { pairs, reachable, undecided } = ended.verdicts;
    parts.push(made("p", {}, reachable + " of " + pairs + " pairs reachable, " + undecided + " undecided"));
  }
  if (ended.peers) {
    parts.push(made("p", {}, "Waits for the owners of " + ended.count + " accounts:"));
    parts.push(lines(ended.peers.map((one) => one.account + " on " + one.cloud + ": " + one.acts + " acts")));
  }
  if (ended.failure) parts.push(...failure(ended.failure, ended.step));
  if (typeof ended.objects === "number") {
    parts.push(made("p", {}, ended.objects + " objects, " + (ended.steps ?? 0) + " steps would mend it"));
  }
  for (const one of ended.first || []) {
    if (typeof one === "string") parts.push(lines([one]));
    else parts.push(made("p", { className: "failure" }, one.subject + ": " + one.message), remedy(one.remedy));
  }
  return parts;
}

function failure(failed, step) {
  const facts = [["Kind", failed.kind]];
  if (step) facts.push(["Step", step]);
  if (failed.code) facts.push(["Code", failed.code]);
  if (failed.request_id) facts.push(["Request ID", failed.request_id]);
  return [made("p", { className: "failure" }, failed.message), remedy(failed.remedy), list(facts)];
}

const remedy = (text) => (text ? made("p", { className: "remedy" }, "To do: " + text) : "");

$("login").onsubmit = async (event) => {
  event.preventDefault();
  token = $("token").value.trim();
  $("token").value = "";
  try {
    await refresh();
    complain(null);
    $("login").hidden = true;
    $("leave").hidden = false;
    $("fleet").hidden = false;
    $("search").focus();
  } catch (error) {
    complain(error);
  }
};
$("leave").onclick = () => {
  complain(null);
  leave();
};
$("close").onclick = close;
$("first").onclick = again;
$("next").onclick = () => {
  after = $("next").dataset.after;
  refresh().then(() => complain(null), complain);
};
let typing = 0;
$("search").oninput = () => {
  clearTimeout(typing);
  typing = setTimeout(again, 250);
};
document.onkeydown = (event) => {
  if (event.key === "Escape" && open) close();
};
setInterval(() => {
  if (token && !document.hidden && !$("fleet").hidden) refresh().then(() => complain(null), complain);
}, EVERY);
