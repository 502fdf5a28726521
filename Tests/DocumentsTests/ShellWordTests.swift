import Documents
import Testing

@Suite struct ShellWordTests {
  @Test(
    "quotes what a shell would read otherwise",
    arguments: [
      ("plan.yaml", "plan.yaml"), ("a b.yaml", "'a b.yaml'"), ("", "''"), ("it's", "'it'\\''s'"), ("$(id)", "'$(id)'"),
      ("a;b", "'a;b'"), ("~x", "'~x'"), ("ä.csv", "ä.csv"), ("http://h:1/x?a=1&b=2", "'http://h:1/x?a=1&b=2'"),
    ])
  func quoted(word: String, expected: String) {
    #expect(ShellWord.quoted(word) == expected)
  }

  @Test("tells a file from an option")
  func file() {
    #expect(ShellWord.file("-rf.yaml") == "./-rf.yaml")
    #expect(ShellWord.file("-") == "-")
    #expect(ShellWord.command(["headroom", "plan", "a b"]) == "headroom plan 'a b'")
  }
}
