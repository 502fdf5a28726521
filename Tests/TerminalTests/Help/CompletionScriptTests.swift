import Terminal
import Testing

@Suite struct CompletionScriptTests {
  private static func script(_ shell: String, in folder: TemporaryFolder) -> String {
    folder.write("sample.\(shell)", SampleProgram.run(["--generate-completion-script", shell]).out)
  }

  /// Words on the line, the last one being completed, and what bash offers.
  static let offers: [([String], [String])] = [
    (["sample", ""], ["--help", "--version", "echo", "help", "load", "plan", "replay"]),
    (["sample", "pl"], ["plan"]),
    (["sample", "help", "re"], ["replay"]),
    (["sample", "help", "load", ""], ["saturation"]),
    (["sample", "load", ""], ["saturation"]),
    (["sample", "replay", ""], ["hpa"]),
    (["sample", "plan", "--po"], ["--posture"]),
    (["sample", "plan", "--secr"], []),
    (["sample", "plan", "--no"], ["--no-wait", "--now"]),
    (["sample", "plan", "--posture", ""], ["cold", "hot", "warm"]),
    (["sample", "plan", "--posture", "=", "w"], ["warm"]),
    (["sample", "plan", "--posture", "="], ["cold", "hot", "warm"]),
    (["sample", "plan", "--shift", ""], []),
    (["sample", "plan", "--format", "c"], ["csv"]),
    (["sample", "load", "--r"], ["--rate"]),
    (["sample", "load", "saturation", "--r"], []),
    (["sample", "--generate-completion-script", "f"], ["fish"]),
    (["sample", "plan", "FOLDER/"], ["FOLDER/a plan.yaml", "FOLDER/b.yml"]),
    (["sample", "plan", "-o", "FOLDER/c"], ["FOLDER/c.txt"]),
  ]

  @Test(
    "completes verbs, options, values and files in bash", .enabled(if: Child.path("bash") != nil), arguments: offers)
  func bash(words: [String], offered: [String]) {
    let folder = TemporaryFolder()
    _ = folder.write("a plan.yaml", "")
    _ = folder.write("b.yml", "")
    _ = folder.write("c.txt", "")
    func placed(_ text: String) -> String {
      text.hasPrefix("FOLDER") ? folder.path + text.dropFirst("FOLDER".count) : text
    }
    let list = words.map { "'\(placed($0))'" }.joined(separator: " ")
    let ask = """
      source '\(Self.script("bash", in: folder))'
      COMP_WORDS=(\(list)) COMP_CWORD=\(words.count - 1)
      _sample
      for word in "${COMPREPLY[@]}"; do echo "$word"; done
      """
    let answer = Child.run("bash", ["--norc", "-c", ask])
    #expect(answer.output.split(separator: "\n").map(String.init).sorted() == offered.map(placed).sorted())
    #expect(answer.status == 0)
  }

  @Test("writes what zsh accepts", .enabled(if: Child.path("zsh") != nil, "zsh is not installed"))
  func zsh() {
    let folder = TemporaryFolder()
    let script = Self.script("zsh", in: folder)
    #expect(Child.run("zsh", ["-n", script]) == ("", 0))
    let load = "autoload -U compinit; compinit -u -D; source '\(script)'; whence -w _sample _sample__load__saturation"
    #expect(Child.run("zsh", ["-f", "-c", load]) == ("_sample: function\n_sample__load__saturation: function\n", 0))
  }

  @Test("completes in fish", .enabled(if: Child.path("fish") != nil, "fish is not installed"))
  func fish() {
    let folder = TemporaryFolder()
    let script = Self.script("fish", in: folder)
    #expect(Child.run("fish", ["-n", script]) == ("", 0))
    func offers(_ line: String) -> [String] {
      let answer = Child.run("fish", ["--no-config", "-c", "source '\(script)'; complete -C '\(line)'"])
      return answer.output.split(separator: "\n").map { String($0.prefix { $0 != "\t" }) }
    }
    #expect(offers("sample ") == ["echo", "help", "load", "plan", "replay"])
    #expect(offers("sample load sa") == ["saturation"])
    #expect(offers("sample plan --posture ") == ["cold", "hot", "warm"])
    #expect(offers("sample plan --posture hot --for") == ["--format"])
  }

  @Test("asks for a shell that it knows")
  func unknownShell() {
    let end = SampleProgram.run(line: "--generate-completion-script bsh")
    #expect(
      end.err.hasPrefix(
        "Error: 'bsh' is no value for '--generate-completion-script': choose from bash, zsh or fish. "
          + "Did you mean 'bash'?\n"))
    #expect(end.code == .usage)
  }

  @Test("takes the user's own shell where none is named")
  func ownShell() {
    let end = SampleProgram.run(["--generate-completion-script"], environment: Environment(["SHELL": "/usr/bin/fish"]))
    #expect(end.out.hasPrefix("# fish completion for sample\n"))
  }
}
