"""A nurse at the ward's pages, by plain HTTP: what a browser sends, without one."""

import html
import http.cookiejar
import re
import urllib.parse
import urllib.request

PASSWORD = "nightingale"  # noqa: S105 - of the people whom demo-data makes for a test


class Nurse:
    """Logged in; reads tiles as text and sends the forms that stand on the pages."""

    def __init__(self, url: str, name: str = "km") -> None:
        self._url = url
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(cookies)
        page = self.get("/login/")
        self.post("/login/", page, username=name, password=PASSWORD)

    @classmethod
    def of_demo(cls, url: str) -> "Nurse":
        """Signed in by one press on the demo's start page."""
        nurse = cls.__new__(cls)
        nurse._url = url
        nurse._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        nurse.post("/demo/as/km", nurse.get("/demo/"))
        return nurse

    def get(self, path: str) -> str:
        """A page's HTML."""
        with self._opener.open(self._url + path, timeout=15) as answer:
            return str(answer.read().decode())

    def post(self, path: str, page: str, **fields: str | list[str]) -> str:
        """Send a form with the token of the page that it stands on."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token, f"no form on the page before {path}"
        body = urllib.parse.urlencode({**fields, "csrfmiddlewaretoken": token[1]}, doseq=True).encode()
        request = urllib.request.Request(self._url + path, body, {"Referer": self._url})
        with self._opener.open(request, timeout=15) as answer:
            return str(answer.read().decode())

    def bed_path(self, label: str) -> str:
        """Where the bed's page is."""
        return self._tile(label)[1]

    def tile(self, label: str) -> str:
        """The words of a bed's tile on the board."""
        return self._tile(label)[0]

    def assign(self, label: str, playlists: list[str]) -> str:
        """Tick these playlists of the bed and no others, and assign."""
        path = f"{self.bed_path(label)}assign/"
        page = self.get(path)
        version = re.search(r'name="version" value="(\d+)"', page)
        assert version, f"no form to assign on {path}"
        return self.post(path, page, playlist=playlists, version=version[1])

    def stop(self, label: str) -> str:
        """Press Stop on the bed's tile."""
        return self.post(self.bed_path(label) + "stop", self.get("/"))

    def _tile(self, label: str) -> tuple[str, str]:
        for article in self.get("/").split("<article")[1:]:
            body = article.split("</article>")[0]
            link = re.search(r'href="(/bed/\d+/)"', body)
            words = html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", "<" + body))).strip()
            if link and re.match(rf"{re.escape(label)}\b", words):
                return words, link[1]
        raise AssertionError(f"no tile {label} on the board")
