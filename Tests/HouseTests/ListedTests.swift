import Testing

/// Adding a policy, a model, a forecaster, a source or an exporter happens in one file, which is listed once.
@Suite struct ListedTests {
  /// Folders whose files each hold one thing of a kind.
  static let folders = [
    "Scaling/Policies", "Serving/Models", "Traffic/Forecasters", "Connecting/Sources", "Connecting/Exporters",
  ]

  @Test("every file of a folder of its kind is named in one list", arguments: folders)
  func everyFileIsListed(_ folder: String) {
    #expect(Checkout.exists("Sources/\(folder)"))
    let room = String(folder.prefix { $0 != "/" })
    let missing = Self.unlisted(
      Checkout.swiftFiles(under: "Sources/\(folder)").map { ($0.path, $0.text) },
      among: Checkout.swiftFiles(under: "Sources/\(room)").map { ($0.path, $0.text) })
    #expect(missing.files.isEmpty, "not listed in \(missing.list): \(missing.files)")
  }

  @Test("a file that the list forgets is found")
  func forgottenFilesAreFound() {
    let one = ("P/One.swift", "public struct One {}\n")
    let two = ("P/TwoPolicy.swift", "struct Two: Policy {\n}\n")
    let more = ("P/One+More.swift", "extension One {}\n")
    #expect(
      Self.unlisted([one, two, more], among: [one, two, more, ("All.swift", "let all = [One.self, Two.self]")]).files
        == [])
    #expect(
      Self.unlisted([one, two], among: [one, two, ("All.swift", "let all = [One.self]")]).files == ["P/TwoPolicy.swift"]
    )
    #expect(
      Self.unlisted([one, two], among: [one, two, ("All.swift", "// Two\nlet all = [One.self]")]).files.count == 1)
  }

  /// The files without a place in the list. The list is the one file of the room, itself in the folder or not, that
  /// names the types of the most files; a file is listed where a type or constant that it declares is named there.
  /// Files named `One+More.swift` extend what another file declares.
  static func unlisted(
    _ files: [(path: String, text: String)], among room: [(path: String, text: String)]
  ) -> (list: String, files: [String]) {
    let things = files.filter { !$0.path.contains("+") }.map { ($0.path, declarations(of: $0.text)) }
    var best: (list: String, files: [String]) = ("any file", things.map(\.0))
    for candidate in room {
      let words = Set(words(of: candidate.text))
      let missing = things.filter { path, names in path != candidate.path && words.isDisjoint(with: names) }.map(\.0)
      // A thing is no list of itself alone: what lists others names at least one other thing.
      let others = things.filter { $0.0 != candidate.path }.count
      if missing.count < others, missing.count < best.files.count { best = (candidate.path, missing) }
    }
    return best
  }

  /// The names of the types and constants that a file declares at its top level.
  static func declarations(of text: String) -> [String] {
    text.split(separator: "\n").compactMap { line -> String? in
      guard !line.hasPrefix(" "), !line.hasPrefix("/") else { return nil }
      let words = Self.words(of: String(line))
      guard let at = words.firstIndex(where: { ["struct", "enum", "class", "actor", "let"].contains($0) }),
        at + 1 < words.count
      else { return nil }
      return words[at + 1]
    }
  }
  /// The words of a text, comments left out.
  static func words(of text: String) -> [String] {
    text.split(separator: "\n").filter { !$0.drop { $0 == " " }.hasPrefix("//") }.flatMap { line in
      line.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.map(String.init)
    }
  }
}
