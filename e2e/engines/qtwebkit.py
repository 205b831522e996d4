"""One page in QtWebKit, without a screen, driven over standard input and output.

Reads one line of JSON for each command and answers each with one line of JSON, in order:

    {"open": URL}          loads a page                      {"value": true}, or {"error": "..."}
    {"evaluate": SOURCE}   an expression of the page's       {"value": its value by way of JSON}, or {"error": "..."}

A first line {"engine": the user agent} says that it is there. It runs until its standard input ends. What the page says on its console goes
to standard error.
"""

import json
import sys

from PyQt5.QtCore import QSocketNotifier, QUrl
from PyQt5.QtWebKitWidgets import QWebPage
from PyQt5.QtWidgets import QApplication

# A page that throws says so; what it has is sent as text, since Qt's own conversion loses what is no plain value.
WRAPPED = """(function () {
  try {
    var value = eval(%s);
    return JSON.stringify({ value: value === undefined ? null : value });
  } catch (error) {
    return JSON.stringify({ error: String(error) });
  }
})()"""


class Page(QWebPage):
    def javaScriptConsoleMessage(self, message, line, source):
        sys.stderr.write("%s:%d: %s\n" % (source, line, message))


class Driver:
    def __init__(self, application):
        self.application = application
        self.page = Page()
        self.page.loadFinished.connect(self.on_loaded)
        self.opening = False
        self.notifier = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Read)
        self.notifier.activated.connect(self.on_readable)
        self.say({"engine": self.page.userAgentForUrl(QUrl())})

    def on_readable(self, *_):
        # One command is under way at a time, and so one line is there to be read.
        line = sys.stdin.readline()
        if line == "":
            self.application.quit()
            return
        command = json.loads(line)
        if "open" in command:
            self.opening = True
            self.page.mainFrame().load(QUrl(command["open"]))
        else:
            source = WRAPPED % json.dumps(command["evaluate"])
            self.say(json.loads(self.page.mainFrame().evaluateJavaScript(source)))

    def on_loaded(self, is_ok):
        if not self.opening:
            return
        self.opening = False
        self.say({"value": True} if is_ok else {"error": "the page did not load"})

    def say(self, answer):
        print(json.dumps(answer), flush=True)


application = QApplication(sys.argv[:1])
driver = Driver(application)
application.exec_()
