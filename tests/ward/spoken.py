"""What a screen reader is told, from Chromium's own accessibility tree: the page's title, what has the focus, and what
live regions say, in order."""

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import CDPSession, Page

LIVE = """() => {
  window.told = [];
  const seen = new WeakMap();
  const look = () => document.querySelectorAll("[role=status], [role=alert], [aria-live]").forEach((region) => {
    const words = region.innerText.replace(/\\s+/g, " ").trim();
    if (seen.has(region) && seen.get(region) !== words && words) window.told.push([region.role ?? "live", words]);
    seen.set(region, words);
  });
  look();
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""


@dataclass(slots=True)
class Spoken:
    """A page as it is heard; `lines` are what a person reads in the golden file."""

    page: Page
    lines: list[str] = field(default_factory=list)

    def does(self, what: str) -> None:
        """What the person did."""
        self.lines.append(f"\n> {what}")

    def loaded(self) -> None:
        """A page was loaded: its title, then what has the focus."""
        self.page.evaluate(LIVE)
        self.lines.append(f"title    {self.page.title()}")
        self.focused()

    def focused(self) -> None:
        """What has the focus: role, name, and what describes it."""
        tree = self._tree()
        held = [one for one in tree if _property(one, "focused") and _role(one) != "RootWebArea"]
        self.lines += [f"focus    {_said(one)}" for one in held]
        for one in held:
            if _role(one) in ("status", "alert"):
                self.lines += [f"         {_said(inner, tree)}" for inner in _inside(one, tree)]

    def told(self) -> None:
        """What live regions have said since."""
        for role, words in self.page.evaluate("window.told.splice(0)"):
            self.lines.append(f"{role:<8} {words}")

    def press(self, key: str) -> None:
        """One key, and where the focus is then."""
        self.page.keyboard.press(key)
        self.does(key)
        self.focused()

    def _tree(self) -> list[dict[str, Any]]:
        session: CDPSession = self.page.context.new_cdp_session(self.page)
        found: list[dict[str, Any]] = session.send("Accessibility.getFullAXTree")["nodes"]
        session.detach()
        return found


def _inside(node: dict[str, Any], tree: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The heading, the sentence, the button and the links of a message, in reading order."""
    by_id = {one["nodeId"]: one for one in tree}
    found: list[dict[str, Any]] = []
    for key in node.get("childIds", ()):
        child = by_id.get(key)
        if child is None:
            continue
        if not child.get("ignored") and _role(child) in ("heading", "paragraph", "button", "link"):
            found.append(child)
        if _role(child) not in ("heading", "paragraph", "button", "link"):
            found += _inside(child, tree)
    return found


def _said(node: dict[str, Any], tree: list[dict[str, Any]] | None = None) -> str:
    described = node.get("description", {}).get("value", "")
    name = node.get("name", {}).get("value", "") or _text(node, tree or [])
    return f"{_role(node)} “{name}”" + (f", {described}" if described else "")


def _text(node: dict[str, Any], tree: list[dict[str, Any]]) -> str:
    """A paragraph has no name: it is read letter by letter as it stands."""
    by_id = {one["nodeId"]: one for one in tree}
    if _role(node) == "StaticText":
        return str(node["name"]["value"])
    parts = [_text(by_id[key], tree) for key in node.get("childIds", ()) if key in by_id]
    return " ".join("".join(parts).split())


def _role(node: dict[str, Any]) -> str:
    return str(node.get("role", {}).get("value", ""))


def _property(node: dict[str, Any], name: str) -> bool:
    return any(one["name"] == name and one["value"].get("value") for one in node.get("properties", ()))
