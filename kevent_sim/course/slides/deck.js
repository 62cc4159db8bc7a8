// Lays the blocks of a notebook out on slides of 1280 x 720, then starts reveal.js.
// What is too long for a slide of its own is set smaller, down to a size that the last row can read; then a listing
// goes on, like text, on a slide more, and a table scrolls. What does not fit under the blocks before it goes on, with
// what follows, to a slide more. Text goes on between paragraphs, a listing at an empty line.
"use strict";

const [WIDTH, HEIGHT] = [1280, 720];
const RUNNING = 26; // the height of a running head
const SMALLEST = { code: 17, output: 17, prose: 21 };
const SMALLEST_PICTURE = 0.85; // of its own size
const SCROLL_KEYS = ["ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End"];

const blocksOf = (section) => [...section.querySelectorAll(":scope > .block")];
const kindOf = (block) => Object.keys(SMALLEST).find((kind) => block.classList.contains(kind));
const pixels = (element, property) => parseFloat(getComputedStyle(element)[property]);

/** The height that is left for blocks: all but the padding and, where no block is a heading, the running head. */
function room(section, running = section.querySelector(":scope > .running")) {
  const padding = pixels(section, "paddingTop") + pixels(section, "paddingBottom");
  return HEIGHT - padding - (running ? RUNNING + pixels(section, "rowGap") : 0);
}

/** A slide without a heading of its own says above what it belongs to. */
function headed(section, heading) {
  const running = document.createElement("p");
  running.className = "running";
  running.textContent = heading;
  section.prepend(running);
}

function tooBig(block, height) {
  return block.offsetHeight > height + 1 || block.scrollWidth > block.clientWidth + 1;
}

/** Set smaller until it fits. Cells of a table have their words in one line, where that leaves them large enough. */
function shrink(block, height) {
  const tables = block.querySelectorAll(".dataframe");
  for (const table of tables) table.classList.add("in-lines");
  shrinkTexts(block, height);
  if (tables.length === 0 || block.scrollWidth <= block.clientWidth + 1) return;
  for (const table of tables) {
    table.classList.remove("in-lines");
    table.style.removeProperty("font-size");
  }
  shrinkTexts(block, height);
}

function shrinkTexts(block, height) {
  const texts = [...block.querySelectorAll("pre, table, p, ul, ol, h2")];
  for (let smaller = 1; tooBig(block, height) && smaller < 16; smaller++) {
    for (const text of texts) {
      const size = pixels(text, "fontSize");
      if (size - 1 >= SMALLEST[kindOf(block)]) text.style.setProperty("font-size", `${size - 1}px`, "important");
    }
  }
}

/** Set smaller what is too high for a slide of its own; make it scroll if that is not enough. Answer its height. */
function fit(block, height) {
  if (block.classList.contains("picture")) return Math.min(block.offsetHeight * SMALLEST_PICTURE, height);
  shrink(block, height);
  if (tooBig(block, height)) {
    Object.assign(block, { tabIndex: 0, ariaLabel: "scrolls" });
    block.setAttribute("role", "region");
    block.dataset.scrolls = "";
    block.addEventListener("keydown", (event) => SCROLL_KEYS.includes(event.key) && event.stopPropagation());
  }
  return Math.min(block.offsetHeight, height);
}

/** A slide more behind this one, with these blocks and a copy of the notes. What opens a slide is there at once. */
function continued(section, blocks, heading) {
  const more = document.createElement("section");
  blocks[0].classList.remove("fragment");
  more.append(...blocks, ...[...section.querySelectorAll(":scope > .notes")].map((notes) => notes.cloneNode(true)));
  headed(more, heading);
  section.after(more);
  return more;
}

/** Text too high for one slide becomes several blocks, cut between its paragraphs; none ends with a colon. */
function cut(block, height) {
  const rest = block.cloneNode(false);
  while ((block.offsetHeight > height || (rest.children.length > 0 && announces(block))) && block.children.length > 1) {
    rest.prepend(block.lastElementChild);
  }
  if (rest.children.length === 0) return;
  block.after(rest);
  cut(rest, height);
}

const isEmpty = (line) => line.replace(/<[^>]*>/g, "").trim() === "";
const linesOf = (pre) => [...pre.children].map((line) => line.outerHTML);

function put(pre, lines) {
  const last = lines.findLastIndex((line) => !isEmpty(line));
  pre.innerHTML = lines.slice(0, last + 1).join("");
}

/** Each line of a listing becomes an element that knows its indent, so that a line too long goes on behind it. */
function withLines(pre) {
  const lines = pre.innerHTML.trimEnd().split("\n"); // Pygments closes on a line what it opens there
  const indent = (line) => line.replace(/<[^>]*>/g, "").search(/\S|$/);
  put(pre, lines.map((line) => `<span class="line" style="--indent: ${indent(line)}">${line}\n</span>`));
}

/** The line to cut at: of those behind an empty one, between least and most, the one nearest to the wanted. */
function seam(lines, wanted, least, most) {
  const isSeam = (at) => at > 0 && at >= least && at <= most && isEmpty(lines[at - 1]) && !isEmpty(lines[at]);
  const seams = [...lines.keys()].filter(isSeam);
  return seams.sort((a, b) => Math.abs(a - wanted) - Math.abs(b - wanted))[0] ?? wanted;
}

/** A listing too high for one slide becomes blocks of like heights; of two side by side each is cut at a like share. */
function cutListing(block, height) {
  shrink(block, height);
  const listings = [...block.querySelectorAll("pre")];
  if (block.offsetHeight <= height + 1 || listings.length === 0 || block.querySelector("table, figure")) return;
  const lines = listings.map(linesOf);
  const most = Math.max(...lines.map((own) => own.length));
  const upTo = (own, share) => own.slice(0, Math.ceil(own.length * share));
  let fitting = most;
  do listings.forEach((pre, at) => put(pre, upTo(lines[at], (fitting - 1) / most)));
  while (--fitting > 2 && block.offsetHeight > height);
  const slides = Math.ceil(most / fitting);
  const longest = lines.find((own) => own.length === most);
  const share = seam(longest, Math.ceil(most / slides), most - fitting * (slides - 1), fitting) / most;
  const rest = block.cloneNode(true);
  rest.querySelectorAll("pre").forEach((pre, at) => {
    const like = upTo(lines[at], share).length;
    const end = seam(lines[at], like, like / 2, like);
    put(listings[at], lines[at].slice(0, end));
    put(pre, lines[at].slice(end));
  });
  block.after(rest);
  cutListing(rest, height);
}

const announces = (block) => block.classList.contains("prose") && block.textContent.trim().endsWith(":");

/** The height of a cell's code with all that it prints, of text with what it announces; of any other block, its own. */
function together(blocks, heights, at, gap) {
  let [sum, next] = [heights[at], at + 1];
  if (announces(blocks[at]) && blocks[next]) return sum + gap + together(blocks, heights, next, gap);
  const isCode = blocks[at].classList.contains("code");
  for (; isCode && blocks[next]?.classList.contains("output"); next++) sum += gap + heights[next];
  return sum;
}

/** The height that is left on a slide for more, each picture in its own size. */
function left(section) {
  const gap = pixels(section, "rowGap");
  return blocksOf(section).reduce((rest, block) => rest - block.offsetHeight - gap, room(section));
}

/** Put text that has no heading, and its slide for itself, below the output before it, if it fits; answer whether. */
function joined(section, before) {
  const texts = blocksOf(section);
  const isComment = texts.every((block) => kindOf(block) === "prose") && !section.querySelector("h1, h2");
  if (!isComment || !before?.querySelector(":scope > .output")) return false;
  const height = texts.reduce((sum, block) => sum + block.offsetHeight, (texts.length - 1) * pixels(section, "rowGap"));
  if (height > left(before)) return false;
  for (const text of texts) text.classList.add("fragment");
  before.append(...texts, ...section.querySelectorAll(":scope > .notes"));
  const stack = section.parentElement;
  (stack.children.length === 1 ? stack : section).remove();
  return true;
}

/** Break into slides what is too high for one; answer the last of them. */
function layOut(section, heading) {
  const gap = pixels(section, "rowGap");
  const [here, there] = [room(section), room(section, true)];
  for (const prose of section.querySelectorAll(":scope > .prose")) cut(prose, there);
  for (const listing of section.querySelectorAll(":scope > .code, :scope > .output")) cutListing(listing, there);
  const blocks = blocksOf(section);
  const heights = blocks.map((block) => fit(block, there));
  for (let at = 0, used = 0; at < blocks.length; at++) {
    const whole = together(blocks, heights, at, gap);
    const breaks = used + heights[at] > here || (used + whole > here && whole <= there);
    if (at > 0 && breaks) {
      return layOut(continued(section, blocks.slice(at), heading), heading);
    }
    used += heights[at] + gap;
  }
  return section;
}

function layOutAll() {
  for (const output of document.querySelectorAll(".output")) {
    output.classList.toggle("picture", output.querySelector("figure") !== null);
    output.classList.toggle("beside", output.querySelector(':scope > div[style*="flex"]') !== null);
  }
  document.querySelectorAll(".block pre").forEach(withLines);
  let heading = document.title;
  let last = null;
  for (const section of document.querySelectorAll(".slides > section > section")) {
    if (joined(section, last)) continue;
    const own = section.querySelector("h1, h2");
    if (own) heading = own.textContent;
    else headed(section, heading);
    section.classList.toggle("title", section.querySelector("h1") !== null);
    last = layOut(section, heading);
  }
  document.body.classList.remove("measuring");
}

window.addEventListener("load", () => {
  layOutAll();
  Reveal.initialize({
    width: WIDTH, height: HEIGHT, margin: 0, center: false, display: "flex", transition: "none",
    hash: true, slideNumber: "c/t", pdfSeparateFragments: false, plugins: [RevealNotes],
  });
});
