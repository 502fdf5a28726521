import Testing

@Suite struct CheckoutTests {
  @Test("the README is at most 150 lines")
  func readmeIsShort() throws {
    let text = try #require(Checkout.read("README.md"))
    #expect(text.utf8.reduce(0) { $0 + ($1 == 10 ? 1 : 0) } <= 150)
  }

  /// Put together here, so that this file does not name them itself.
  static let places = ["/" + "work/", "/" + "tmp/headroom", "/" + "opt/swift", "/" + "root/", "/" + "home/"]

  @Test("nothing names a place of the machine that it was written on")
  func noPathsOfThisMachine() {
    for file in Checkout.files(under: "") {
      let places = Self.places.filter { file.holds($0) }
      if places.isEmpty { continue }
      for (number, line) in file.lines.enumerated() {
        for place in places where startsAPath(line, place) {
          Issue.record("\(file.path):\(number + 1): names \(place), a place of one machine")
        }
      }
    }
  }

  /// Whether a line holds the place as the start of a path, not in the middle of one (`https://example.com/work/`).
  func startsAPath(_ line: Substring, _ place: String) -> Bool {
    for (offset, _) in line.utf8.enumerated() {
      let at = line.utf8.index(line.utf8.startIndex, offsetBy: offset)
      guard line.utf8[at] == 47, line.utf8[at...].starts(with: place.utf8) else { continue }
      if at == line.utf8.startIndex { return true }
      let before = line.utf8[line.utf8.index(before: at)]
      let inAPath = (48...57).contains(before) || (65...90).contains(before) || (97...122).contains(before)
      if !inAPath, before != 46, before != 125, before != 41, before != 95, before != 45 { return true }
    }
    return false
  }

  @Test("a path is told from the middle of one")
  func pathsAreTold() {
    let place = Self.places[0]
    #expect(startsAPath("see \(place)x", place))
    #expect(startsAPath("\"\(place)x\"", place))
    #expect(startsAPath("\(place)x", place))
    #expect(!startsAPath("https://example.com\(place)x", place))
    #expect(!startsAPath("\\(root)\(place)x", place))
  }

  @Test("links between pages lead somewhere")
  func linksLead() {
    let pages = Checkout.files(under: "").filter { $0.name.hasSuffix(".md") }
    for page in pages {
      let folder = page.path.split(separator: "/").dropLast().map(String.init)
      for piece in page.text.split(separator: "](").dropFirst() {
        let target = piece.prefix { $0 != ")" && $0 != "#" }
        if target.isEmpty || target.contains(":") || target.contains(" ") { continue }
        var steps = folder
        for step in target.split(separator: "/") {
          if step == ".." { _ = steps.popLast() } else if step != "." { steps.append(String(step)) }
        }
        #expect(Checkout.exists(steps.joined(separator: "/")), "\(page.path) links to \(target), which is not there")
      }
    }
  }

  @Test("the architecture page has a row for every room")
  func architecturePageIsWhole() {
    let page = Checkout.read("docs/architecture.md") ?? ""
    for room in ArchitectureTests.manifest.rooms.map(\.name) where room != "headroom-bench" {
      let floor = FloorPlan.rooms[room]?.floor ?? 0
      #expect(page.contains("| \(floor) | `\(room)` |"), "docs/architecture.md has no row '| \(floor) | `\(room)` |'")
    }
  }

  @Test("the scripts may be run")
  func scriptsAreExecutable() {
    for file in Checkout.files(under: "script") + Checkout.files(under: ".ci") {
      #expect(Checkout.isExecutable(file.path), "\(file.path): chmod +x")
    }
  }
}
