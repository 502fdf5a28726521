import Terminal
import Testing

@Suite struct ShellTests {
  @Test(
    "a word is quoted where a shell would read something else",
    arguments: [
      ("plain-1.5/s,a:b=c@d%e_f+", "plain-1.5/s,a:b=c@d%e_f+"), ("a b", "'a b'"), ("", "''"), ("it's", "'it'\\''s'"),
      ("$HOME", "'$HOME'"), ("p99 < 1s", "'p99 < 1s'"), ("x?y&z", "'x?y&z'"), ("größe", "größe"), ("~", "'~'"),
    ])
  func words(_ word: String, _ quoted: String) { #expect(Shell.word(word) == quoted) }

  @Test("a command is its words") func commands() {
    #expect(Shell.command(["headroom", "load", "http://h/?a=1&b=2"]) == "headroom load 'http://h/?a=1&b=2'")
  }
}
