import Testing

@Suite struct SourceRulesTests {
  static let sources = Checkout.swiftFiles(under: "Sources") + Checkout.swiftFiles(under: "Benchmarks")

  @Test("there are sources to look at")
  func thereAreSources() {
    #expect(Self.sources.count > 20)
    #expect(Self.sources.allSatisfy { !$0.text.isEmpty })
  }

  @Test("no file has more than 600 lines")
  func filesAreShort() {
    for file in Self.sources {
      #expect(file.lineCount <= Ban.longestFile, "\(file.path) has \(file.lineCount) lines: split it by theme")
    }
  }

  @Test("no file is a drawer for whatever has no home")
  func filesHaveNouns() {
    for file in Self.sources {
      for name in Ban.fileNames {
        #expect(!file.name.contains(name), "\(file.path): name it after what it holds, not '\(name)'")
      }
    }
  }

  @Test("Sources keep off what hides errors and races", arguments: Ban.rules)
  func sourcesKeepTheRules(_ rule: Ban.Rule) {
    for file in Self.sources where !isAllowed(rule, file) && file.holds(rule.text) {
      for (number, line) in file.lines.enumerated() where code(of: line).contains(rule.text) {
        Issue.record("\(file.path):\(number + 1): '\(rule.text)': \(rule.instead)")
      }
    }
  }

  @Test("Sources import FoundationEssentials at most, never Foundation")
  func noFoundation() {
    for file in Self.sources where file.holds("Foundation") {
      for (number, line) in file.lines.enumerated() {
        let words = line.split(separator: " ")
        guard let at = words.firstIndex(of: "import"), words[(at + 1)...].contains("Foundation") else { continue }
        Issue.record("\(file.path):\(number + 1): import Glibc, or FoundationEssentials where it must be")
      }
    }
  }

  @Test("a file that may break a rule exists and does break it")
  func allowancesAreNeeded() {
    for rule in Ban.rules {
      for (path, reason) in rule.allowed {
        #expect(!reason.isEmpty)
        let files = Self.sources.filter { allows(path, $0) }
        #expect(files.contains { $0.text.contains(rule.text) }, "\(path) need not be allowed '\(rule.text)' any more")
      }
    }
  }

  /// A line without its `//` comment.
  func code(of line: Substring) -> Substring {
    var previous: Character = " "
    for i in line.indices {
      if line[i] == "/", previous == "/" { return line[..<i] }
      previous = line[i]
    }
    return line
  }
  func isAllowed(_ rule: Ban.Rule, _ file: Checkout.File) -> Bool {
    rule.allowed.contains { allows($0.path, file) }
  }
  func allows(_ path: String, _ file: Checkout.File) -> Bool {
    let full = "Sources/" + path
    return path.hasSuffix("/") ? file.path.hasPrefix(full) : file.path == full
  }
}
