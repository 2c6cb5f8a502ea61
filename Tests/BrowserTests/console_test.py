"""The console in a real browser: every flow end to end, by role, in both languages; axe on every page.

Screenshots are kept in .build/browser-screenshots. Run by scripts/browser-tests.
"""
import os
import re
import shlex
import shutil
import subprocess
import sys
import unittest

import axe_playwright_python
from playwright.sync_api import expect, sync_playwright

from gate import EXECUTABLE, PASSWORD, ROOT, Gate

PICTURES = ROOT + "/.build/browser-screenshots"
AXE = open(os.path.join(os.path.dirname(axe_playwright_python.__file__), "axe.min.js"), encoding="utf-8").read()
# Bytes, milliseconds until the first byte, page.
MEASURED = []
PLACES = {
    "operations": ["decisions", "people", "lists", "lists/branch-dnc", "scrubs", "campaigns", "caller-ids", "stops", "try", "policy", "account", "guide"],
    "compliance": ["today", "decisions", "people", "complaints", "holds", "reports", "reconciliations", "lists", "lists/branch-dnc", "campaigns", "caller-ids", "stops", "try", "policy", "policy/packs/cn.bank", "what-if"],
    "admin": ["accounts", "stops", "policy", "guide"],
    "dialer": ["try", "stops", "guide"],
}
CLOSED = {"operations": ["today", "holds", "reports", "reconciliations", "what-if", "accounts"], "compliance": ["scrubs", "accounts"], "admin": ["today", "people", "try", "decisions"], "dialer": ["lists", "people", "today", "decisions"]}
# Ends an attribute, also where a combining mark hides the quote, and opens an element.
ATTACK = "\"><img src=x onerror=\"window.pwned=1\">\"\u0301 onfocus=\"window.pwned=1\" autofocus x='"


def setUpModule():
    global gate, playwright, browser
    shutil.rmtree(PICTURES, ignore_errors=True)
    os.makedirs(PICTURES)
    gate = Gate()
    playwright = sync_playwright().start()
    browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])


def tearDownModule():
    if MEASURED:
        size, times = max(MEASURED), sorted(took for _, took, _ in MEASURED)
        print(f"{len(times)} pages; the largest {size[0] / 1024:.0f} KiB ({size[2]}), half of them within {times[len(times) // 2]:.0f} ms")
    browser.close()
    playwright.stop()
    gate.end()


class Pages(unittest.TestCase):
    states = {}

    def visitor(self, language="en", **more):
        context = browser.new_context(
            base_url=gate.base, locale={"en": "en-GB", "zh": "zh-CN"}[language], timezone_id="Asia/Shanghai",
            viewport=more.pop("viewport", {"width": 1280, "height": 900}), **more)
        context.set_default_timeout(20_000)
        self.addCleanup(context.close)
        page = context.new_page()
        self.messages = []
        page.on("console", lambda message: self.messages.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.messages.append(str(error)))
        return page

    def sign_in(self, role, language="en", **more):
        """Signed in; a session is shared by the tests of a role."""
        if role in self.states:
            return self.visitor(language, storage_state=self.states[role], **more)
        page = self.visitor(language, **more)
        page.goto("/")
        self.enter(page, role)
        expect(page.locator("nav")).to_be_visible()
        self.states[role] = page.context.storage_state()
        return page

    def enter(self, page, role):
        page.fill("#name", "test." + role)
        page.fill("#password", gate.passwords[role])
        page.click("form:has(#password) button")

    seen = set()

    def inspect(self, page, name):
        page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)
        size = len(page.content().encode())
        self.assertLess(size, 100 * 1024, name)
        took = page.evaluate("(entry => entry.responseStart - entry.requestStart)(performance.getEntriesByType('navigation')[0])")
        MEASURED.append((size, took, name))
        self.assertTrue(page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"), f"{name} is wider than the window")
        self.assertNotIn("{{", page.content())
        # A page has the same elements in both languages.
        plain = re.sub("-(en|zh)(?=-|$)", "", name)
        if plain in self.seen:
            return
        self.seen.add(plain)
        page.evaluate(AXE)
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        grave = [
            f"{fault['id']}: {fault['help']} at {[node['target'] for node in fault['nodes']][:3]}"
            for fault in found["violations"] if fault["impact"] in ("serious", "critical", "moderate")]
        self.assertEqual(grave, [], f"{name} at {page.url}")


class EveryPage(Pages):
    def look(self, role, language, places=None, **more):
        page = self.sign_in(role, language, **more)
        suffix = "-phone" if "viewport" in more else "-dark" if "color_scheme" in more else ""
        for place in places or PLACES[role]:
            with self.subTest(role=role, language=language, place=place):
                answer = page.goto("/console/" + place)
                self.assertEqual(answer.status, 200)
                self.assertEqual(page.locator("html").get_attribute("lang"), {"en": "en", "zh": "zh-CN"}[language])
                self.inspect(page, f"{role}-{place.replace('/', '-')}-{language}{suffix}")
        for place in [] if places else CLOSED[role]:
            with self.subTest(role=role, closed=place):
                self.assertEqual(page.goto("/console/" + place).status, 403)
        if not places:
            self.inspect(page, f"{role}-forbidden-{language}{suffix}")
        self.assertEqual([text for text in self.messages if "403" not in text], [])

    def test_operations(self):
        self.look("operations", "en")
        self.look("operations", "zh")

    def test_compliance(self):
        self.look("compliance", "en")
        self.look("compliance", "zh")

    def test_admin(self):
        self.look("admin", "zh")

    def test_dialer(self):
        self.look("dialer", "en")

    def test_on_a_phone(self):
        self.look("compliance", "zh", ["today", "decisions", "lists", "stops", "try"], viewport={"width": 390, "height": 844})

    def test_in_the_dark(self):
        self.look("compliance", "en", ["today", "people", "lists/branch-dnc", "stops"], color_scheme="dark")


class SigningIn(Pages):
    def test_wrong_and_right(self):
        page = self.visitor("zh")
        page.goto("/console/lists/branch-dnc")
        self.assertIn("/console/sign-in?next=", page.url)
        self.inspect(page, "sign-in-zh")
        page.fill("#name", "test.operations")
        page.fill("#password", "not the password at all")
        page.click("form:has(#password) button")
        expect(page.locator("[role=alert]")).to_be_visible()
        self.enter(page, "operations")
        expect(page.locator("h1")).to_have_text("branch-dnc")
        cookie = [cookie for cookie in page.context.cookies() if cookie["name"] == "callgate_session"][0]
        self.assertTrue(cookie["httpOnly"] and cookie["sameSite"] == "Lax")
        page.click("text=退出")
        page.goto("/console/lists")
        self.assertIn("/console/sign-in", page.url)

    def test_five_failures_lock(self):
        page = self.visitor()
        for _ in range(6):
            page.goto("/console/sign-in")
            page.fill("#name", "nobody")
            page.fill("#password", "guess guess guess")
            page.click("form:has(#password) button")
            expect(page.locator("[role=alert]")).to_be_visible()

    def test_language_is_switchable(self):
        page = self.sign_in("operations")
        page.goto("/console/lists")
        page.click("text=中文")
        expect(page.locator("h1")).to_have_text("名单")
        self.assertTrue(page.url.endswith("/console/lists"))

    def test_session_ends_while_typing(self):
        page = self.sign_in("compliance")
        page.goto("/console/people")
        page.fill("#out-phone", "+8613800000031")
        page.check("#out-purposes-marketing")
        page.context.clear_cookies()
        page.click("text=Record the opt-out")
        expect(page.locator("main .notice")).to_contain_text("Nothing was recorded")
        self.enter(page, "compliance")
        expect(page.locator("h1")).to_have_text("Send what you entered?")
        self.inspect(page, "resume-en")
        page.get_by_role("button", name="Send it now").click()
        expect(page.locator(".notice")).to_contain_text("recorded")
        self.assertNotIn("13800000", page.url)


class SigningInElsewhere(Pages):
    """At the company's provider, a real one that runs beside the gate."""

    def go(self, page, name):
        page.click("#provider")
        page.wait_for_selector("input[name=login]")
        page.fill("input[name=login]", name)
        page.press("input[name=login]", "Enter")
        page.fill("input[name=password]", PASSWORD)
        page.press("input[name=password]", "Enter")

    def test_groups_give_roles(self):
        page = self.visitor("zh")
        page.goto("/console/lists/branch-dnc")
        self.inspect(page, "sign-in-provider-zh")
        self.go(page, "wang.min")
        expect(page.locator("h1")).to_have_text("branch-dnc")
        expect(page.locator(".who")).to_contain_text("wang.min 营销运营")
        self.assertNotIn("code=", page.url)
        page.goto("/console/account")
        expect(page.locator("main")).to_contain_text("使用公司账号登录")
        page.click("text=退出")
        admin = self.sign_in("admin", "zh")
        admin.goto("/console/accounts")
        row = admin.locator("tbody tr", has_text="wang.min")
        expect(row).to_contain_text("使用公司账号登录")
        expect(row.get_by_role("button")).to_have_count(1)
        other = self.visitor("en")
        other.goto("/")
        self.go(other, "chen.jing")
        expect(other.locator("h1")).to_have_text("Today")

    def test_without_a_role_nobody_enters(self):
        page = self.visitor("en")
        page.goto("/console/sign-in")
        self.go(page, "zhao.lei")
        expect(page.locator("[role=alert]")).to_contain_text("none of your groups")
        self.inspect(page, "sign-in-no-role-en")
        page.goto("/console/lists")
        self.assertIn("/console/sign-in", page.url)

    def test_what_did_not_begin_here_ends_here(self):
        page = self.visitor("en")
        answer = page.goto("/console/sign-in/return?state=abc&code=def")
        self.assertEqual(answer.status, 422)
        # A way that another browser began, and one that is gone twice.
        page.goto("/console/sign-in")
        left = []
        page.route("**/oauth/authorize**", lambda route: (left.append(route.request.url), route.fulfill(body="held up")))
        page.click("#provider")
        expect(page.get_by_text("held up")).to_be_visible()
        state = re.search("state=([0-9a-f]+)", left[0]).group(1)
        other = self.visitor("en")
        for visitor in [other, page]:
            visitor.goto(f"/console/sign-in/return?state={state}&code=def")
            expect(visitor.locator("[role=alert]")).to_contain_text("not begun in this browser")

    def test_session_ends_while_typing(self):
        page = self.visitor("en")
        page.goto("/console/people")
        self.go(page, "wang.min")
        page.fill("#out-phone", "+8613800000032")
        page.check("#out-purposes-marketing")
        page.context.clear_cookies(name="callgate_session")
        page.click("text=Record the opt-out")
        page.click("#provider")
        expect(page.locator("h1")).to_have_text("Send what you entered?")
        page.get_by_role("button", name="Send it now").click()
        expect(page.locator(".notice")).to_contain_text("recorded")


class Working(Pages):
    def test_a_list_from_upload_to_roll_back(self):
        page = self.sign_in("operations", "zh")
        page.goto("/console/lists/branch-dnc")
        page.set_input_files("#file", gate.write("first.csv", "phone\n" + "".join(f"+86138000{n:05}\n" for n in range(1000, 1200))))
        page.click("main form.upload button")
        page.wait_for_url("**/versions/1")
        expect(page.locator("main")).to_contain_text("待生效")
        page.click("text=批准生效")
        expect(page.locator("[role=alert]")).to_contain_text("须由另一人操作")
        other = self.sign_in("compliance", "zh")
        other.goto("/console/lists/branch-dnc/versions/1")
        other.click("text=批准生效")
        expect(other.locator(".notice")).to_contain_text("第 1 版已生效")
        # Back: what is done is shown as done.
        other.go_back()
        expect(other.locator("main")).to_contain_text("已生效")
        expect(other.get_by_role("button", name="批准生效")).to_have_count(0)
        page.goto("/console/lists/branch-dnc")
        page.set_input_files("#file", gate.write("second.csv", "phone\n+8613800001000\nnot a number\n+8613800005555\n=cmd|' /C calc'!A0\n"))
        page.click("main form.upload button")
        page.wait_for_url("**/versions/2")
        expect(page.locator("main")).to_contain_text("不是可拨打的号码")
        self.inspect(page, "version-rejects-zh")
        with page.expect_download() as download:
            page.click("text=下载全部被拒绝的行")
        self.assertIn("branch-dnc-2-rejects.csv", download.value.suggested_filename)
        page.goto("/console/lists/branch-dnc")
        page.set_input_files("#file", gate.write("third.csv", "phone\n+8613800000001\n"))
        page.check("#dry_run")
        page.click("main form.upload button")
        page.wait_for_url("**/versions/3")
        expect(page.locator("main")).to_contain_text("近七天允许的")
        self.inspect(page, "version-dry-run-zh")
        page.goto("/console/lists/branch-dnc")
        self.inspect(page, "list-versions-zh")

    def test_an_upload_whose_session_has_ended_loses_nothing(self):
        page = self.sign_in("operations")
        page.goto("/console/lists/litigators")
        page.set_input_files("#file", gate.write("kept.csv", "phone\n+8613800000061\n"))
        kept = page.context.cookies()
        page.context.clear_cookies()
        page.click("main form.upload button")
        expect(page.locator(".upload-state")).to_have_class(re.compile("wrong"))
        expect(page.locator(".upload-state")).to_contain_text("session")
        self.inspect(page, "upload-session-en")
        # Signed in again in another tab, the same page sends the same file.
        page.context.add_cookies(kept)
        page.click("main form.upload button")
        page.wait_for_url("**/versions/*")
        expect(page.locator("main")).to_contain_text("kept.csv")

    def test_a_file_of_300_megabytes(self):
        page = self.sign_in("operations", "zh")
        page.goto("/console/lists/litigators")
        path = gate.write("large.csv", "phone\n+8613800000062\n")
        os.truncate(path, 300 << 20)
        page.set_input_files("#file", path)
        page.click("main form.upload button")
        page.wait_for_url("**/versions/*", timeout=120_000)
        expect(page.locator("main .faults")).to_contain_text("空字节", timeout=60_000)
        self.inspect(page, "version-large-zh")

    def test_the_same_form_sent_twice_is_done_once(self):
        page = self.sign_in("compliance")
        page.goto("/console/complaints")
        page.fill("#phone", "+8613800000009")
        page.fill("#received_at", "2026-11-23T09:00")
        page.fill("#nature", "sent twice")
        body = page.evaluate("new URLSearchParams(new FormData(document.querySelector('main form[method=post]'))).toString()")
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
        places = {page.request.post("/console/complaints", data=body, headers=headers).url for _ in range(2)}
        self.assertEqual(len(places), 1)
        page.goto("/console/complaints")
        expect(page.locator("tbody tr", has_text="sent twice")).to_have_count(1)

    def test_a_file_of_the_wrong_kind(self):
        page = self.sign_in("operations")
        page.goto("/console/lists/internal-dnc")
        picture = gate.folder + "/picture.png"
        with open(picture, "wb") as file:
            file.write(b"\x89PNG\r\n\x1a\n" + os.urandom(4096))
        page.set_input_files("#file", picture)
        page.click("main form.upload button")
        page.wait_for_url("**/versions/*")
        expect(page.locator("main .faults")).to_be_visible()
        self.inspect(page, "version-wrong-kind-en")

    def test_may_i_call(self):
        page = self.sign_in("operations")
        for number, purpose, verdict in [("+8613800000020", "marketing", "Denied"), ("+8613800000008", "marketing", "Denied")]:
            page.goto("/console/try")
            page.fill("#phone", number)
            page.select_option("#purpose", purpose)
            page.fill("#product", "wealth")
            page.fill("#caller_id", "+862223456789")
            page.fill("#data_fields", "salutation")
            page.click("main form button")
            expect(page.locator(".verdict strong")).to_have_text(verdict)
            self.assertNotIn("13800000", page.url)
            self.assertEqual(page.input_value("#phone"), number)
        self.inspect(page, "try-denied-en")

    def test_opting_out_denies_the_next_call(self):
        page = self.sign_in("operations", "zh")
        page.goto("/console/people")
        page.fill("#out-phone", "+8613800000007")
        page.check("#out-purposes-marketing")
        page.locator("form[action$='/opt-outs'] button").click()
        expect(page.locator(".notice")).to_contain_text("退订已登记")
        denied = gate.decide("+8613800000007")
        self.assertIn("suppression", [reason["kind"] for reason in denied["reasons"]])

    def test_a_campaign_needs_two(self):
        page = self.sign_in("operations")
        page.goto("/console/campaigns")
        page.fill("#id", "card-test")
        page.select_option("#purpose", "marketing")
        page.fill("#product", "card")
        page.dblclick("main form.grid button")
        expect(page.locator(".notice")).to_be_visible()
        expect(page.locator("tr", has_text="card-test")).to_have_count(1)
        other = self.sign_in("compliance")
        other.goto("/console/campaigns")
        other.locator("tr", has_text="card-test").get_by_role("button", name="Approve").click()
        expect(other.locator(".notice")).to_contain_text("Approved")
        self.inspect(other, "campaign-approved-en")

    def test_one_press_stops_and_another_lifts(self):
        page = self.sign_in("compliance")
        page.goto("/console/stops")
        page.check("#purposes-survey")
        page.fill("#reason", "a test")
        page.click("text=Stop these calls now")
        row = page.locator("tbody tr", has_text="a test")
        expect(row).to_contain_text("another person lifts it")
        self.inspect(page, "stops-made-en")
        denied = gate.post("dialer", "/v1/decisions", {"phone": "+8613800000005", "purpose": "survey"})
        self.assertIn("core.stop", [reason["rule"] for reason in denied["reasons"]])
        other = self.sign_in("compliance2")
        other.goto("/console/stops")
        other.locator("tbody tr", has_text="a test").get_by_role("button", name="Lift").click()
        expect(other.locator(".notice")).to_contain_text("lifted")

    def test_a_scrub(self):
        page = self.sign_in("operations")
        page.goto("/console/scrubs")
        page.set_input_files("#file", gate.write("campaign.csv", "phone,name\n+8613800000006,\"<script>window.pwned=1</script>\"\n+8613800000041,x\n"))
        page.fill("#product", "wealth")
        page.fill("#caller_id", "+862223456789")
        page.click("main form.upload button")
        page.wait_for_url(re.compile("/console/scrubs/[0-9a-f]{32}"))
        expect(page.get_by_text("Download the result")).to_be_visible()
        self.inspect(page, "scrub-en")
        with page.expect_download() as download:
            page.click("text=Download the result")
        with open(download.value.path(), encoding="utf-8-sig") as file:
            self.assertEqual(len(file.read().strip().splitlines()), 3)

    def test_a_decision_explained_and_proved(self):
        for language in ["zh", "en"]:
            page = self.sign_in("compliance", language)
            page.goto("/console/decisions?verdict=deny")
            page.locator("tbody a").last.click()
            expect(page.locator(".verdict")).to_be_visible()
            self.inspect(page, f"decision-{language}")
        page.goto("/console/decisions/" + gate.denied["id"])
        with page.expect_download() as download:
            page.click("text=Download the proof")
        # The very command that the page names, in a folder that holds nothing but the proof.
        folder = gate.folder + "/elsewhere"
        os.makedirs(folder)
        download.value.save_as(f"{folder}/{gate.denied['id']}.receipt")
        command = shlex.split(page.locator("#verify").inner_text())
        ended = subprocess.run([EXECUTABLE, *command[1:]], cwd=folder, capture_output=True, text=True, timeout=60)
        self.assertEqual(ended.returncode, 0, ended.stderr)

    def test_one_person(self):
        page = self.sign_in("compliance", "zh")
        page.goto("/console/people")
        page.fill("#look-phone", "+8613800000001")
        page.fill("#look-reason", "来电询问")
        page.locator("form[action$='/lookup'] button").click()
        expect(page.locator(".timeline li")).not_to_have_count(0)
        self.assertNotIn("13800000", page.url)
        self.assertNotIn("13800000001", page.content())
        self.inspect(page, "person-zh")
        page.click("summary:has-text('存证包')")
        page.fill("#evidence-reason", "监管检查")
        with page.expect_download() as download:
            page.get_by_role("button", name="下载存证包").click()
        ended = subprocess.run(
            [EXECUTABLE, "log", "verify", "--bundle", str(download.value.path())], capture_output=True, text=True, timeout=60)
        self.assertEqual(ended.returncode, 0, ended.stderr)

    def test_a_number_revealed_held_and_erased(self):
        page = self.sign_in("compliance", "zh")
        page.goto("/console/people")
        page.fill("#look-phone", "+8613800000004")
        page.fill("#look-reason", "客户申请删除")
        page.locator("form[action$='/lookup'] button").click()
        person = page.url
        page.click("summary:has-text('显示完整号码')")
        page.fill("#reveal-reason", "核对身份")
        page.get_by_role("button", name="留痕并显示").click()
        expect(page.locator("#revealed-phone")).to_have_text("+8613800000004")
        self.assertNotIn("13800000", page.url)
        self.inspect(page, "revealed-zh")
        page.goto(person)
        page.click("summary:has-text('设置法律保全')")
        page.fill("#hold-reason", "诉讼")
        page.get_by_role("button", name="设置保全").click()
        expect(page.locator(".notice")).to_contain_text("保全已生效")
        self.erase(page)
        expect(page.locator("[role=alert]")).to_contain_text("保全")
        self.inspect(page, "person-held-zh")
        other = self.sign_in("compliance2", "zh")
        other.goto("/console/holds")
        row = other.locator("tbody tr", has_text="诉讼")
        row.locator("input[name=reason]").fill("已结案")
        self.inspect(other, "holds-zh")
        row.get_by_role("button", name="解除").click()
        expect(other.locator(".notice")).to_contain_text("保全已解除")
        page.goto(person)
        self.erase(page)
        expect(page.locator(".notice")).to_contain_text("已删除")
        expect(page.locator(".timeline")).to_contain_text("个人信息删除")
        self.inspect(page, "person-erased-zh")

    def erase(self, page):
        page.click("summary:has-text('删除此人的个人信息')")
        page.fill("#erase-reason", "客户申请")
        page.check("#sure")
        page.get_by_role("button", name="立即删除").click()

    def test_a_report(self):
        page = self.sign_in("compliance", "zh")
        page.goto("/console/reports")
        page.fill("#first", "2026-11-01")
        page.fill("#last", "2026-11-22")
        page.get_by_role("button", name="生成报告").click()
        page.wait_for_url("**/console/reports/*")
        expect(page.get_by_text("report.html")).to_be_visible()
        self.inspect(page, "report-zh")
        for name in ["report.html", "calls.csv", "manifest.json"]:
            with page.expect_download() as download:
                page.get_by_role("link", name=name, exact=True).click()
            self.assertGreater(os.path.getsize(download.value.path()), 100, name)

    def test_call_records_compared(self):
        page = self.sign_in("compliance")
        page.goto("/console/reconciliations")
        page.set_input_files("#file", gate.write("records.csv", "phone,start\n+8613800000044,2026-11-23 10:31:00\n"))
        page.click("main form.upload button")
        page.wait_for_url(re.compile("/console/reconciliations/[0-9a-f]{32}"))
        expect(page.get_by_text("Download the differences")).to_be_visible()
        self.inspect(page, "reconciliation-en")
        with page.expect_download() as download:
            page.click("text=Download the differences")
        with open(download.value.path(), encoding="utf-8-sig") as file:
            self.assertIn("no_permit", file.read())

    def test_what_if(self):
        strict = gate.policy("candidates/later-start", '["09:00-12:00", "14:00-20:00"]', '["11:00-12:00", "14:00-20:00"]')
        self.assertTrue(os.path.isdir(strict))
        for language in ["zh", "en"]:
            page = self.sign_in("compliance", language)
            page.goto("/console/what-if")
            self.inspect(page, f"what-if-{language}")
            page.select_option("#candidate", "later-start")
            page.fill("#from", "2026-11-23T00:00")
            page.locator("main form button").click()
            page.wait_for_url(re.compile("/console/what-if/[0-9a-f]{32}"))
            expect(page.locator("main .card")).to_contain_text("cn.hours.marketing", timeout=60_000)
            self.inspect(page, f"what-if-result-{language}")
        page.locator("main .card a").first.click()
        expect(page.locator(".verdict")).to_be_visible()

    def test_a_looser_policy_waits_for_two(self):
        gate.policy("policy", '["09:00-12:00", "14:00-20:00"]', '["09:00-12:00", "13:59-20:00"]')
        page = self.sign_in("operations", "zh")
        for _ in range(60):
            page.goto("/console/policy")
            if page.locator("main form").count():
                break
            page.wait_for_timeout(500)
        page.locator("main form button").click()
        expect(page.locator(".notice")).to_be_visible()
        expect(page.locator("main .card")).to_contain_text("operations")
        self.inspect(page, "policy-waits-zh")
        expect(page.locator("main form")).to_have_count(0)
        other = self.sign_in("compliance", "zh")
        other.goto("/console/policy")
        other.locator("main form button").click()
        expect(other.locator(".notice")).to_be_visible()
        expect(other.locator("main .card")).to_have_count(0)

    def test_a_complaint_and_its_deadlines(self):
        page = self.sign_in("compliance", "zh")
        page.goto("/console/complaints")
        page.fill("#phone", "+8613800000002")
        page.fill("#received_at", "2026-11-22T09:00")
        page.fill("#channel", "hotline")
        page.fill("#nature", "频繁来电")
        page.get_by_role("button", name="登记", exact=True).click()
        expect(page.locator(".notice")).to_contain_text("投诉已登记")
        self.assertNotIn("13800000", page.url)
        expect(page.locator("tbody")).to_contain_text("首次答复")
        page.select_option("#step", "first_answer")
        page.locator("form[action$='/steps'] button").click()
        expect(page.locator("tbody")).to_contain_text("逾期完成")
        self.inspect(page, "complaint-zh")
        page.fill("#result", "已致歉")
        page.locator("form[action$='/closure'] button").click()
        expect(page.locator(".facts")).to_contain_text("已办结")
        page.goto("/console/complaints?state=closed")
        expect(page.locator("tbody tr")).to_have_count(1)

    def test_nonsense_is_told(self):
        page = self.sign_in("compliance")
        for query in ["subject=nonsense", "from=yesterday", "cursor=x", "outcome=%F0%9F%98%80", "verdict=<script>"]:
            answer = page.goto("/console/decisions?" + query)
            self.assertEqual(answer.status, 400)
            expect(page.locator("[role=alert]")).to_be_visible()
        self.assertEqual(page.goto("/console/nothing/here").status, 404)
        self.assertEqual(page.goto("/console/decisions/nonsense").status, 404)
        self.inspect(page, "not-found-en")

    def test_an_account(self):
        page = self.sign_in("admin")
        page.goto("/console/accounts")
        page.fill("#name", "new.person")
        page.select_option("#role", "operations")
        page.click("text=Make the account")
        password = page.locator("#new-password").inner_text()
        self.inspect(page, "account-made-en")
        theirs = self.visitor()
        theirs.goto("/")
        theirs.fill("#name", "new.person")
        theirs.fill("#password", password)
        theirs.click("form:has(#password) button")
        expect(theirs.locator("nav")).to_be_visible()
        page.goto("/console/accounts")
        page.locator("tr", has_text="new.person").get_by_role("button", name="Disable").click()
        expect(page.locator(".notice")).to_contain_text("disabled")
        theirs.goto("/console/lists")
        self.assertIn("/console/sign-in", theirs.url)


class Attacking(Pages):
    def attack(self, role):
        page = self.sign_in(role)
        for place in PLACES[role]:
            if place == "account":
                continue
            page.goto("/console/" + place)
            for index in range(page.locator("main form:not(.upload)").count()):
                page.goto("/console/" + place)
                form = page.locator("main form:not(.upload)").nth(index)
                if form.locator("input:not([type=hidden]), textarea").count() == 0 or "stops" in (form.get_attribute("action") or ""):
                    continue
                for field in form.locator("input:not([type=hidden]):not([type=checkbox]):not([type=datetime-local])").all():
                    field.fill(ATTACK, force=True) if field.is_visible() else None
                form.locator("button").last.click()
                page.wait_for_load_state()
                self.harmless(page)
        for place in PLACES[role]:
            page.goto("/console/" + place)
            self.harmless(page)

    def harmless(self, page):
        self.assertIsNone(page.evaluate("window.pwned ?? null"), page.url)
        self.assertEqual(page.locator("img, [onfocus], [onerror]").count(), 0, page.url)

    def test_script_in_every_field(self):
        for role in ["operations", "compliance", "admin"]:
            with self.subTest(role=role):
                self.attack(role)

    def test_script_in_an_address(self):
        page = self.sign_in("compliance")
        for name in ["rule", "campaign", "agent", "vendor", "from", "subject"]:
            page.goto(f"/console/decisions?{name}=" + "%22%3E%3Cimg%20src%3Dx%20onerror%3Dwindow.pwned%3D1%3E")
            self.harmless(page)
        page.goto("/console/sign-in?next=//example.org/")
        self.assertTrue(page.url.startswith(gate.base))

    def test_another_site_sends_nothing(self):
        page = self.sign_in("compliance")
        answer = page.request.post("/console/stops", form={"all": "true"}, headers={"Origin": "https://example.org"})
        self.assertEqual(answer.status, 403)
        answer = page.request.post("/console/stops", form={"all": "true"}, headers={"Sec-Fetch-Site": "same-origin"})
        self.assertEqual(answer.status, 403)


if __name__ == "__main__":
    unittest.main(verbosity=1, failfast="--failfast" in sys.argv)
