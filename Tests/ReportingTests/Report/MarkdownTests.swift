import Testing

@testable import Reporting

@Suite struct MarkdownTests {
  @Test(
    "takes nothing in a name for a link, a picture or HTML",
    arguments: [
      ("[click](http://evil.test)", "\\[click\\](http://evil.test)"),
      ("![x](http://evil.test/p.png)", "!\\[x\\](http://evil.test/p.png)"),
      ("<img src=x>", "&lt;img src=x&gt;"), ("a\\[b", "a\\\\\\[b"), ("`[low, high]` x", "`[low, high]` x"),
      ("` [a](b)", "` \\[a\\](b)"), ("a\nb", "a b"),
    ])
  func safe(text: String, written: String) {
    #expect(Report.safe(text) == written)
  }
}
