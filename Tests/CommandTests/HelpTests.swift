import Documents
import Glibc
import HeadroomTesting
import Testing

/// The help, the messages and the pages name only what there is.
@Suite("The help") struct HelpTests {
  struct Page: Sendable {
    var verb: String
    var text: String
  }

  /// The help of the program and of every verb below it.
  static let pages = Result { () throws -> [Page] in
    var pages: [Page] = []
    var waiting = [""]
    while let verb = waiting.popLast() {
      let words = verb.split(separator: " ").map(String.init)
      let result = try Command.run(verb.isEmpty ? ["--help"] : ["help"] + words)
      #expect(result.exit == 0, "headroom help \(verb)")
      pages.append(Page(verb: verb, text: result.stdout))
      waiting += children(result.stdout).map { verb.isEmpty ? $0 : "\(verb) \($0)" }
    }
    return pages
  }

  /// The verbs that a page of help lists: two spaces, a word in small letters, and what it answers.
  static func children(_ help: String) -> [String] {
    help.split(separator: "\n").compactMap { line in
      guard line.hasPrefix("  "), !line.hasPrefix("   ") else { return nil }
      let words = line.split(separator: " ", omittingEmptySubsequences: true)
      guard words.count > 1, let first = words.first, first.allSatisfy({ $0.isLowercase && $0.isLetter || $0 == "-" }),
        first.first != "-", line.dropFirst(2 + first.count).hasPrefix("  "), first != "headroom"
      else { return nil }
      return String(first)
    }
  }

  /// The verbs that a text names behind `headroom`, as far as they go on below a verb that has verbs.
  static func named(_ text: some StringProtocol, _ verbs: Set<String>) -> String {
    let words = text.split(whereSeparator: { $0 == " " || $0 == "\n" }).prefix(2).map { word in
      String(word.prefix { $0.isLowercase || $0 == "-" || $0 == "_" })
    }
    guard let first = words.first else { return "" }
    let hasChildren = verbs.contains { $0.hasPrefix(first + " ") }
    if hasChildren, words.count > 1, verbs.contains("\(first) \(words[1])") { return "\(first) \(words[1])" }
    return first
  }

  @Test("lists the verbs")
  func verbs() throws {
    let verbs = try Self.pages.get().map(\.verb)
    #expect(verbs.contains("plan") && verbs.contains("load saturation") && verbs.contains("replay hpa"), "\(verbs)")
    #expect(verbs.count > 20)
  }

  @Test("refers only to verbs that there are, and examples give only options that their verb takes")
  func references() throws {
    let pages = try Self.pages.get()
    let verbs = Set(pages.map(\.verb))
    for page in pages {
      for rest in page.text.components(of: "headroom help ").dropFirst() {
        // A reference may be broken over two lines.
        let name = String(rest.prefix { $0 != "'" }.map { $0 == "\n" ? " " : $0 })
        if name != "VERB" { #expect(verbs.contains(name), "'headroom help \(page.verb)' refers to '\(name)'") }
      }
      for line in page.text.split(separator: "\n") where line.hasPrefix("  headroom ") {
        let command = line.dropFirst("  headroom ".count)
        let verb = Self.named(command, verbs)
        #expect(verbs.contains(verb), "'\(line)' in the help of '\(page.verb)'")
        let help = pages.first { $0.verb == verb }?.text ?? ""
        for word in command.split(separator: " ") where word.hasPrefix("--") {
          let option = word.prefix { $0 != "=" }
          #expect(help.contains(option), "'\(verb)' takes no '\(option)': \(line)")
        }
      }
    }
  }

  @Test("messages and pages name only verbs that there are")
  func messages() throws {
    let verbs = Set(try Self.pages.get().map(\.verb))
    var seen = 0
    // The page of the plan's keys has them in the same marks as other pages have commands: 'headroom under failure'.
    for (path, text) in try Self.texts() where !path.hasSuffix("reference/plan-file.md") {
      let openings =
        path.hasSuffix(".swift")
        ? ["'headroom ", ": headroom ", "with headroom ", "Run headroom ", "run headroom "]
        : ["`headroom ", "$ headroom ", "\nheadroom "]
      for opening in openings {
        for rest in text.components(of: opening).dropFirst() {
          let name = Self.named(rest.prefix(60), verbs)
          if name.isEmpty || name == "help" || rest.hasPrefix(" ") { continue }
          seen += 1
          #expect(verbs.contains(name), "\(path): 'headroom \(rest.prefix { $0 != "\n" }.prefix(40))'")
        }
      }
    }
    #expect(seen > 60)
  }

  /// The sources and the pages, by path.
  static func texts() throws -> [(path: String, text: String)] {
    var found: [(String, String)] = []
    var folders = ["Sources", "docs"]
    while let folder = folders.popLast() {
      guard let directory = opendir("\(TestData.checkout)/\(folder)") else { continue }
      defer { closedir(directory) }
      while let entry = readdir(directory) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name.hasPrefix(".") { continue }
        let path = "\(folder)/\(name)"
        if name.hasSuffix(".swift") || name.hasSuffix(".md") {
          found.append((path, String(decoding: try Input.read(path: "\(TestData.checkout)/\(path)"), as: UTF8.self)))
        } else if !name.contains(".") {
          folders.append(path)
        }
      }
    }
    return found + [
      ("README.md", String(decoding: try Input.read(path: "\(TestData.checkout)/README.md"), as: UTF8.self))
    ]
  }
}

extension String {
  fileprivate func components(of separator: String) -> [Substring] {
    var parts: [Substring] = []
    var rest = Substring(self)
    while let range = rest.firstRange(of: separator) {
      parts.append(rest[..<range.lowerBound])
      rest = rest[range.upperBound...]
    }
    return parts + [rest]
  }
}
