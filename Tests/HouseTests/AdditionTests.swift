import Testing

/// Adding a thing touches the places that CONTRIBUTING names and no others: whoever would have to know of one more is
/// found here.
@Suite struct AdditionTests {
  /// Rooms that work with things of a kind and know none of them by name.
  static let strangers = [
    (folder: "Serving/Models", rooms: ["Planning", "Simulating", "Reporting", "Storing", "headroom"]),
    (folder: "Connecting/Sources", rooms: ["Planning", "Traffic", "Reporting", "Storing", "headroom"]),
    (folder: "Connecting/Exporters", rooms: ["Planning", "Reporting", "Storing", "headroom"]),
  ]

  @Test("a service model, a source, an exporter is known in its room alone", arguments: strangers)
  func strangersKnowNone(_ kind: (folder: String, rooms: [String])) {
    let names = Set(
      Checkout.swiftFiles(under: "Sources/\(kind.folder)").flatMap { ListedTests.declarations(of: $0.text) })
    #expect(!names.isEmpty)
    for room in kind.rooms {
      for file in Checkout.swiftFiles(under: "Sources/\(room)") {
        let known = names.intersection(ListedTests.words(of: file.text))
        #expect(known.isEmpty, "\(file.path) names \(known.sorted()): ask the list instead")
      }
    }
  }

  @Test("a key of the plan file is declared and read in one folder of Planning")
  func planKeys() {
    var declared: [String: Set<String>] = [:]
    var read: [String: Set<String>] = [:]
    for file in Checkout.swiftFiles(under: "Sources/Planning") {
      let folder = file.path.split(separator: "/").dropFirst(2).first.map(String.init) ?? ""
      declared[folder, default: []].formUnion(Self.declaredKeys(file.text))
      read[folder, default: []].formUnion(Self.readKeys(file.text))
    }
    #expect(declared.filter { !$0.value.isEmpty }.count >= 6, "a folder a topic")
    // Above `services`, a budget is that of all of them together, and no slice's; the currency is known before any slice
    // reads an amount.
    read["Plan"]?.subtract(["budget", "currency"])
    // A question is a document of its own, and no plan.
    read["Questions"] = nil
    for (folder, keys) in read {
      let own = declared[folder] ?? []
      for key in keys.subtracting(own) {
        let others = declared.filter { $0.value.contains(key) }.map(\.key)
        #expect(others.isEmpty, "Planning/\(folder) reads '\(key)', which is \(others)'s")
      }
    }
  }

  @Test("keys are found in a source")
  func keysAreFound() {
    let text = """
      Field("a b", "what", .string), Field(
        "c", "what", .string)
      let x = node["a b"]; let y = plan["c"]?["d"]; words = ["e"]; draft.ledger["f"]
      """
    #expect(Self.declaredKeys(text) == ["a b", "c"])
    #expect(Self.readKeys(text) == ["a b", "c", "d"])
  }

  @Test("a section of the report is one property, named once in the report's list")
  func sections() throws {
    let files = Checkout.swiftFiles(under: "Sources/Reporting/PlanReport")
    let text = try #require(files.first { $0.name == "PlanReport.swift" }).text
    let list = String(try #require(Self.parts(text, "sections: [").first).prefix { $0 != "]" })
    let sections = files.flatMap { file in
      file.lines.compactMap { line -> String? in
        let words = line.split(separator: " ")
        guard words.first == "var", line.contains(": Report.Section?") else { return nil }
        return words.dropFirst().first.map { String($0.prefix { $0 != ":" }) }
      }
    }
    #expect(sections.count >= 8)
    for section in sections {
      #expect(ListedTests.words(of: list).count { $0 == section } == 1, "\(section) stands in the list once")
    }
  }

  /// The names behind `Field(`.
  static func declaredKeys(_ text: String) -> Set<String> {
    Set(
      parts(text, "Field(").compactMap { part in
        let rest = part.drop { $0 == " " || $0 == "\n" }
        return rest.first == "\"" ? String(rest.dropFirst().prefix { $0 != "\"" }) : nil
      })
  }
  /// The names in subscripts.
  static func readKeys(_ text: String) -> Set<String> {
    var before: Substring = ""
    var keys: Set<String> = []
    for part in parts(text, "[\"", keepsFirst: true) {
      // A ledger's numbers have names, too.
      let isSubscript = before.last.map { $0.isLetter || $0 == "?" || $0 == "]" } ?? false
      if isSubscript, !before.hasSuffix("ledger") {
        keys.insert(String(part.prefix { $0 != "\"" }))
      }
      before = part
    }
    return keys
  }
  private static func parts(_ text: String, _ separator: String, keepsFirst: Bool = false) -> [Substring] {
    var found: [Substring] = []
    var rest = Substring(text)
    while let range = rest.firstRange(of: separator) {
      found.append(rest[..<range.lowerBound])
      rest = rest[range.upperBound...]
    }
    found.append(rest)
    return keepsFirst ? found : Array(found.dropFirst())
  }
}
